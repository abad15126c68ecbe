"""`worldmodels/CaterStills-v0`: every frame is another CLEVR-like scene, for models that learn from stills."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from worldmodels_envs.cater.generation import Arrays
from worldmodels_envs.cater.stills import STILLS, StillsConfig, stills
from worldmodels_envs.rendering import check_render_mode

MANY = 64


class CaterStillsEnv(gymnasium.Env[npt.NDArray[np.uint8], np.int64]):
    """Scenes that have nothing to do with one another; the single action asks for the next.

    `info` holds positions (objects, 3) and radii (objects,), NaN where there is no object, and mask (height, width),
    the object's number or -1.

    Args:
        config: What to draw, or the name of one of `STILLS`; changes may follow as keywords.
        render_mode: None or "rgb_array".
        **changes: Fields of `StillsConfig`.

    Raises:
        ValueError: An argument is out of range or unknown.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 2}  # noqa: RUF012

    def __init__(
        self, config: StillsConfig | str = "clevr4", *, render_mode: str | None = None, **changes: Any
    ) -> None:
        check_render_mode(render_mode, self.metadata["render_modes"])
        self.config, self.render_mode = STILLS.resolve(config, **changes), render_mode
        pictures = self.config.pictures
        self.action_space = spaces.Discrete(1)
        self.observation_space = spaces.Box(0, 255, (pictures.height, pictures.width, 3), np.uint8)
        self._frame: npt.NDArray[np.uint8] | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[npt.NDArray[np.uint8], dict[str, Any]]:
        """Draw a scene; `options` are not used."""
        super().reset(seed=seed)
        return self._next()

    def step(self, action: np.int64 | int) -> tuple[npt.NDArray[np.uint8], float, bool, bool, dict[str, Any]]:
        """Draw another scene; there is no reward and no end but the time limit of `gymnasium.make`.

        Raises:
            gymnasium.error.ResetNeeded: No episode has been started.
        """
        if self._frame is None:
            raise gymnasium.error.ResetNeeded("no episode is running: call reset() before step()")
        frame, info = self._next()
        return frame, 0.0, False, False, info

    def render(self) -> npt.NDArray[np.uint8] | None:
        """Return the current frame."""
        return None if self.render_mode is None or self._frame is None else self._frame.copy()

    def batches(
        self, episodes: int, length: int, *, seed: int, start: int = 0, signals: Collection[str] = ()
    ) -> Iterator[Arrays]:
        """Make whole episodes, which depend on the seed and their numbers alone.

        Args:
            episodes: How many.
            length: Scenes of each.
            seed: Which endless row of scenes.
            start: Number of the first episode.
            signals: Which entries of `info` are wanted; masks are drawn only then.

        Returns:
            One batch after another: `frames` (episodes, length, height, width, 3), positions, radii and mask alike.
        """
        for begin in range(start, start + episodes, MANY):
            number = min(MANY, start + episodes - begin)
            made = list(stills(self.config, number * length, seed, start=begin * length, masks="mask" in signals))
            joined = {name: np.stack([arrays[name] for arrays in made]) for name in made[0]}
            batch = {name: values.reshape(number, length, *values.shape[1:]) for name, values in joined.items()}
            yield {"frames": batch.pop("frame"), **batch}

    def _next(self) -> tuple[npt.NDArray[np.uint8], dict[str, Any]]:
        info = next(stills(self.config, 1, int(self.np_random.integers(2**31))))
        self._frame = info.pop("frame")
        return self._frame.copy(), info
