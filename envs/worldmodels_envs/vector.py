"""A batch of episodes of a simulator as a native Gymnasium vector environment."""

from __future__ import annotations

from typing import Any, ClassVar

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from worldmodels_envs.rendering import check_render_mode, check_scale, default_scale, enlarge
from worldmodels_envs.reset_options import option
from worldmodels_envs.simulator import Info, Rows, Simulator

Frames = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]


class SimulatorVectorEnv(VectorEnv[Frames, npt.NDArray[np.intp], npt.NDArray[Any]]):
    """All episodes of a batch step in one call, with one random generator for all.

    Every key of `info` comes with its mask `_key`, as Gymnasium's own vector environments give them.

    Args:
        num_envs: How many episodes run at once.
        config: A configuration or a variant's name; the first variant by default.
        max_episode_steps: Episodes are truncated after so many steps; None never does. `gymnasium.make_vec` gives
            the registered number.
        autoreset_mode: When a finished episode starts anew, as Gymnasium defines it: at the next step, in the
            same step (then the last frame is in `info["final_obs"]`), or never.
        render_mode: None or "rgb_array".
        render_scale: Every pixel of a frame becomes a square of this side in `render()`; by default the frame becomes
            about 256 px high.
        **changes: Fields of the configuration and options of the simulator to change.

    Attributes:
        simulator: What is simulated.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 10}  # noqa: RUF012
    simulator: ClassVar[type[Simulator]]

    def __init__(
        self,
        num_envs: int = 1,
        config: Any = None,
        *,
        max_episode_steps: int | None = None,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        render_mode: str | None = None,
        render_scale: int | None = None,
        **changes: Any,
    ) -> None:
        check_render_mode(render_mode, self.metadata["render_modes"])
        self.autoreset_mode = AutoresetMode(autoreset_mode)
        self.metadata = {**self.metadata, "autoreset_mode": self.autoreset_mode}
        self.num_envs = num_envs
        self.max_episode_steps = max_episode_steps
        self.render_mode = render_mode
        self._running = self.simulator.make(num_envs, config, **changes)
        self.render_scale = check_scale(render_scale) or default_scale(self._running.frame_shape)
        self.single_action_space = self._running.action_space
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.single_observation_space = spaces.Box(0, 255, self._running.frame_shape, np.uint8)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self._elapsed = np.zeros(num_envs, dtype=np.int64)
        self._done = np.zeros(num_envs, dtype=np.bool_)
        self._started = False

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Frames, dict[str, Any]]:
        """Start episodes, in all environments or where `options["reset_mask"]` (num_envs,) is true.

        Raises:
            ValueError: The mask is not a boolean array (num_envs,) with a true value.
            gymnasium.error.ResetNeeded: A mask is given before a first full reset.
        """
        super().reset(seed=seed)
        chosen = self._chosen(options)
        self._restart(np.flatnonzero(chosen))
        self._started = True
        frames, info = self._running.look()
        return frames, _with_masks(info, chosen)

    def step(self, actions: npt.ArrayLike) -> tuple[Frames, npt.NDArray[np.float64], Flags, Flags, dict[str, Any]]:
        """Advance all environments by one frame.

        Raises:
            gymnasium.error.ResetNeeded: No episode runs, or one has ended and autoreset is disabled.
            gymnasium.error.InvalidAction: The actions do not fit the action space.
        """
        self._check_running()
        rewards, terminated = self._running.step(self.np_random, self._checked(actions))
        self._elapsed += 1
        ended = np.flatnonzero(self._done)
        if len(ended):
            self._restart(ended)
            rewards[ended], terminated[ended] = 0.0, False
        truncated = self._truncated()
        self._done = terminated | truncated
        frames, info = self._running.look()
        infos = _with_masks(info, np.ones(self.num_envs, dtype=np.bool_))
        if self.autoreset_mode is AutoresetMode.SAME_STEP and self._done.any():
            infos |= self._restart_now(frames, info)
        return frames, rewards, terminated, truncated, infos

    def render(self) -> tuple[Frames, ...] | None:
        """Return the current frames as RGB, enlarged by `render_scale`."""
        if self.render_mode is None or not self._started:
            return None
        return tuple(enlarge(self._running.look()[0], self.render_scale))

    def close_extras(self, **kwargs: Any) -> None:
        """End the episodes; only `reset` begins others."""
        self._started = False

    def _restart(self, rows: Rows) -> None:
        self._running.reset(self.np_random, rows)
        self._elapsed[rows] = 0
        self._done[rows] = False

    def _restart_now(self, frames: Frames, info: Info) -> dict[str, Any]:
        """Restart what is done, put the new episodes into frames and info, return the old ones' last."""
        done, rows = self._done.copy(), np.flatnonzero(self._done)
        final = _with_masks({name: _only(values, done) for name, values in info.items()}, done)
        last = np.full(self.num_envs, None, dtype=object)
        for row in rows:
            last[row] = frames[row].copy()
        self._restart(rows)
        frames[rows], new = self._running.look(rows)
        for name, values in new.items():
            info[name][rows] = values
        return _with_masks({"final_obs": last}, done) | {"final_info": final, "_final_info": done.copy()}

    def _truncated(self) -> Flags:
        if self.max_episode_steps is None:
            return np.zeros(self.num_envs, dtype=np.bool_)
        return self._elapsed >= self.max_episode_steps

    def _chosen(self, options: dict[str, Any] | None) -> Flags:
        chosen = option(options, "reset_mask")
        if chosen is None:
            return np.ones(self.num_envs, dtype=np.bool_)
        if not isinstance(chosen, np.ndarray) or chosen.dtype != np.bool_ or chosen.shape != (self.num_envs,):
            raise ValueError(f"options['reset_mask'] must be a boolean array of shape ({self.num_envs},)")
        if not chosen.any():
            raise ValueError("options['reset_mask'] selects no environment")
        if not self._started:
            raise gymnasium.error.ResetNeeded("the first reset() starts all environments: leave out reset_mask")
        return chosen

    def _check_running(self) -> None:
        if not self._started:
            raise gymnasium.error.ResetNeeded("no episode is running: call reset() before step()")
        if self.autoreset_mode is AutoresetMode.DISABLED and self._done.any():
            raise gymnasium.error.ResetNeeded(
                f"environments {np.flatnonzero(self._done).tolist()} have ended and autoreset is disabled: "
                "reset them with options={'reset_mask': ...}"
            )

    def _checked(self, actions: npt.ArrayLike) -> npt.NDArray[np.intp]:
        given = np.asarray(actions)
        if given.shape != (self.num_envs,) or not np.issubdtype(given.dtype, np.integer):
            raise gymnasium.error.InvalidAction(
                f"actions must be integers of shape ({self.num_envs},), got {given.dtype} of shape {given.shape}"
            )
        allowed = self._running.action_space.n
        if given.min() < 0 or given.max() >= allowed:
            raise gymnasium.error.InvalidAction(f"actions must be in 0..{allowed - 1}")
        return given.astype(np.intp)


def _with_masks(info: Info, present: Flags) -> dict[str, Any]:
    return {**info, **{f"_{name}": present.copy() for name in info}}


def _only(values: npt.NDArray[Any], rows: Flags) -> npt.NDArray[Any]:
    kept = np.zeros_like(values)
    kept[rows] = values[rows]
    return kept
