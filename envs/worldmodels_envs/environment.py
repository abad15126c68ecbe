"""One episode of a simulator as a Gymnasium environment."""

from __future__ import annotations

import operator
from collections.abc import Collection, Iterator
from typing import Any, ClassVar

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from worldmodels_envs.rendering import check_render_mode, check_scale, default_scale, enlarge
from worldmodels_envs.reset_options import option
from worldmodels_envs.simulator import Arrays, Simulator
from worldmodels_envs.variation import draw, variation_space


class SimulatorEnv(gymnasium.Env[npt.NDArray[np.uint8], np.int64]):
    """One episode at a time of a simulator.

    Args:
        config: A configuration or a variant's name; the first variant by default.
        render_mode: None or "rgb_array".
        render_scale: Every pixel of a frame becomes a square of this side in `render()`; by default the frame becomes
            about 256 px high.
        **changes: Fields of the configuration and options of the simulator to change.

    Attributes:
        simulator: What is simulated.
        variation_space: The factors of variation that `reset` takes, and their values.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 10}  # noqa: RUF012
    simulator: ClassVar[type[Simulator]]

    def __init__(
        self, config: Any = None, *, render_mode: str | None = None, render_scale: int | None = None, **changes: Any
    ) -> None:
        check_render_mode(render_mode, self.metadata["render_modes"])
        self.render_mode = render_mode
        self._running = self._nominal = self.simulator.make(1, config, **changes)
        self._options = {name: value for name, value in changes.items() if name in self.simulator.options}
        self.variation_space = variation_space(self.simulator.factors, self._nominal.config)
        self.render_scale = check_scale(render_scale) or default_scale(self._running.frame_shape)
        self.action_space = self._running.action_space
        self.observation_space = spaces.Box(0, 255, self._running.frame_shape, np.uint8)
        self._started = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[npt.NDArray[np.uint8], dict[str, Any]]:
        """Start an episode.

        Args:
            seed: Of this and the following episodes.
            options: "variation" names the factors to draw for this episode, such as ["colours"], or gives their values
                by name; `info["variation"]` tells what was drawn. Without it the episode is the configuration's own.

        Raises:
            ValueError: An unknown factor, or a value outside its space.
        """
        super().reset(seed=seed)
        self._running, told = self._nominal, {}
        if (asked := option(options, "variation")) is not None:
            config = self._nominal.config
            values, changes = draw(self.simulator.factors, config, asked, self.np_random)
            self._running, told = self.simulator.make(1, config, **self._options, **changes), {"variation": values}
        self._running.reset(self.np_random)
        self._started = True
        frame, info = self._look()
        return frame, {**info, **told}

    def step(self, action: np.int64 | int) -> tuple[npt.NDArray[np.uint8], float, bool, bool, dict[str, Any]]:
        """Advance by one frame; the time limit is the wrapper's that `gymnasium.make` adds.

        Raises:
            gymnasium.error.ResetNeeded: No episode has been started.
            gymnasium.error.InvalidAction: The action is not in the action space.
        """
        if not self._started:
            raise gymnasium.error.ResetNeeded("no episode is running: call reset() before step()")
        allowed = self._running.action_space.n
        try:
            chosen = operator.index(action)
        except TypeError as error:
            raise gymnasium.error.InvalidAction(f"action {action!r:.80} is no whole number") from error
        if not 0 <= chosen < allowed:
            raise gymnasium.error.InvalidAction(f"action {action} is not in 0..{allowed - 1}")
        rewards, terminated = self._running.step(self.np_random, np.array([chosen], dtype=np.intp))
        frame, info = self._look()
        return frame, rewards.item(), terminated.item(), False, info

    def render(self) -> npt.NDArray[np.uint8] | None:
        """Return the current frame as RGB, enlarged by `render_scale`."""
        if self.render_mode is None or not self._started:
            return None
        return enlarge(self._running.look()[0][0], self.render_scale)

    def close(self) -> None:
        """End the episode; only `reset` begins another one."""
        self._started = False

    def _look(self) -> tuple[npt.NDArray[np.uint8], dict[str, Any]]:
        frames, info = self._running.look()
        return frames[0], {name: _first(values) for name, values in info.items()}


class GeneratorEnv(SimulatorEnv):
    """An action-free simulator: episodes need no agent, so `batches` makes many of them at once."""

    def batches(
        self, episodes: int, length: int, *, seed: int, start: int = 0, signals: Collection[str] = ()
    ) -> Iterator[Arrays]:
        """Make whole episodes, of which this environment's own are others: they do not share its random stream.

        Args:
            episodes: How many.
            length: Frames of each.
            seed: Together with an episode's number it decides everything.
            start: Number of the first episode.
            signals: Which entries of `info` are wanted; those that cost much are made only then.

        Returns:
            One batch after another: `frames` (episodes, length, height, width, channel), and what `info` holds at
            every frame, (episodes, length, ...).
        """
        simulator = self._running
        options = {name: name in signals for name in simulator.options}
        return simulator.batches(simulator.config, episodes, length, seed, start=start, **options)


def _first(values: npt.NDArray[Any]) -> Any:
    return values[0] if values.ndim > 1 else values.item()
