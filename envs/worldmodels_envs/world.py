"""A world simulates a batch of episodes; `WorldEnv` is a batch of one as a Gymnasium environment."""

from __future__ import annotations

from typing import Any, Protocol

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces

Rows = npt.NDArray[np.intp]
Info = dict[str, npt.NDArray[Any]]


class World(Protocol):
    """A batch of independent episodes, stepped together; it neither counts steps nor restarts itself."""

    action_space: spaces.Discrete
    frame_shape: tuple[int, int, int]
    count: int

    def reset(self, rng: np.random.Generator, rows: Rows | None = None) -> None:
        """Start new episodes, in all rows or in some."""

    def step(
        self, rng: np.random.Generator, actions: npt.NDArray[np.intp]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        """Advance every row by one frame; return rewards (count,) and terminations (count,)."""

    def look(self, rows: Rows | None = None) -> tuple[npt.NDArray[np.uint8], Info]:
        """Return new arrays: frames (rows, height, width, 3) and the ground truth, each with a row axis."""


class WorldEnv(gymnasium.Env[npt.NDArray[np.uint8], np.int64]):
    """One world of a batch of one.

    Args:
        world: The simulator, of count 1.
        render_mode: None or "rgb_array".
        render_scale: Every pixel of a frame becomes a square of this side in `render()`.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 10}  # noqa: RUF012

    def __init__(self, world: World, render_mode: str | None = None, render_scale: int = 8) -> None:
        check_render_mode(render_mode, self.metadata["render_modes"])
        self.render_mode = render_mode
        self.render_scale = render_scale
        self.action_space = world.action_space
        self.observation_space = spaces.Box(0, 255, world.frame_shape, np.uint8)
        self._world = world
        self._started = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[npt.NDArray[np.uint8], dict[str, Any]]:
        """Start an episode; `options` are not used."""
        super().reset(seed=seed)
        self._world.reset(self.np_random)
        self._started = True
        return self._look()

    def step(self, action: np.int64 | int) -> tuple[npt.NDArray[np.uint8], float, bool, bool, dict[str, Any]]:
        """Advance by one frame; the time limit is the wrapper's that `gymnasium.make` adds.

        Raises:
            gymnasium.error.ResetNeeded: No episode has been started.
            gymnasium.error.InvalidAction: The action is not in the action space.
        """
        if not self._started:
            raise gymnasium.error.ResetNeeded("no episode is running: call reset() before step()")
        allowed = self._world.action_space.n
        if not 0 <= action < allowed:
            raise gymnasium.error.InvalidAction(f"action {action} is not in 0..{allowed - 1}")
        rewards, terminated = self._world.step(self.np_random, np.array([action], dtype=np.intp))
        frame, info = self._look()
        return frame, rewards.item(), terminated.item(), False, info

    def render(self) -> npt.NDArray[np.uint8] | None:
        """Return the current frame, enlarged by `render_scale`."""
        if self.render_mode is None or not self._started:
            return None
        return enlarge(self._world.look()[0][0], self.render_scale)

    def _look(self) -> tuple[npt.NDArray[np.uint8], dict[str, Any]]:
        frames, info = self._world.look()
        return frames[0], {name: _first(values) for name, values in info.items()}


def check_render_mode(mode: str | None, allowed: list[str]) -> None:
    """Raise ValueError unless the mode is None or allowed."""
    if mode is not None and mode not in allowed:
        raise ValueError(f"render_mode {mode!r} is not one of {allowed} or None")


def enlarge(frames: npt.NDArray[np.uint8], scale: int) -> npt.NDArray[np.uint8]:
    """Repeat the pixels of frames (..., height, width, 3) `scale` times both ways."""
    return frames.repeat(scale, axis=-3).repeat(scale, axis=-2)


def _first(values: npt.NDArray[Any]) -> Any:
    return values[0] if values.ndim > 1 else values.item()
