"""dm_control's suite as a Gymnasium environment, with the plain rendering that makes it several times faster."""

from __future__ import annotations

from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from worldmodels.errors import InputError, UnknownNameError

Array = NDArray[Any]


class DMControlEnv(gym.Env[Array, Array]):
    """A task of the suite; it observes numbers and renders frames.

    Args:
        domain: Such as "reacher".
        task: Such as "easy".
        size: (height, width) of rendered frames.
        camera: The camera's number.
        plain: Whether frames leave out shadows, reflections and multisampling, at a fraction of their cost.
        render_mode: `None` or "rgb_array".

    Raises:
        InputError: where dm_control is not installed.
        UnknownNameError: for a domain or a task that the suite has not.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 50}  # noqa: RUF012
    _FLAGS: ClassVar[dict[str, bool]] = {"shadow": False, "reflection": False}

    def __init__(
        self,
        domain: str,
        task: str,
        size: tuple[int, int] = (64, 64),
        camera: int = 0,
        plain: bool = True,
        render_mode: str | None = None,
    ) -> None:
        try:
            from dm_control import suite
        except ImportError as error:
            raise InputError(f"dm_control is missing: pip install 'worldmodels-core[dm-control]' ({error}).") from error
        tasks = {d: [t for other, t in suite.ALL_TASKS if other == d] for d, _ in suite.ALL_TASKS}
        if domain not in tasks:
            raise UnknownNameError("domain", domain, tasks)
        if task not in tasks[domain]:
            raise UnknownNameError(f"task of {domain}", task, tasks[domain])
        self.size, self.camera, self.plain, self.render_mode = tuple(size), camera, plain, render_mode
        self._suite, self._name = suite, (domain, task)
        self._load(0)
        low, high = (np.asarray(bound, np.float32) for bound in self._bounds)
        self.action_space = spaces.Box(low, high, low.shape, np.float32)
        width = len(self._observed(self._env.reset()))
        self.observation_space = spaces.Box(-np.inf, np.inf, (width,), np.float64)
        self.metadata = {**self.metadata, "render_fps": round(1 / self._env.control_timestep())}

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Array, dict[str, Any]]:
        """Begin an episode."""
        super().reset(seed=seed)
        if seed is not None:
            self._env.task._random = np.random.RandomState(seed % 2**32)
        return self._observed(self._env.reset()), {}

    def step(self, action: Array) -> tuple[Array, float, bool, bool, dict[str, Any]]:
        """One control step; the suite's own time limit truncates."""
        step = self._env.step(np.asarray(action, np.float64))
        ended = bool(step.last()) and step.discount == 0
        return self._observed(step), float(step.reward or 0.0), ended, bool(step.last()) and not ended, {}

    def render(self) -> Any:
        """The frame, uint8 (height, width, 3)."""
        if self.render_mode is None:
            return None
        height, width = self.size
        flags = {"render_flag_overrides": self._FLAGS} if self.plain else {}
        return self._env.physics.render(height, width, camera_id=self.camera, **flags)

    def close(self) -> None:
        """Free the simulation."""
        self._env.close()

    def _load(self, seed: int) -> None:
        self._env = self._suite.load(*self._name, task_kwargs={"random": seed})
        if self.plain:
            self._env.physics.model.vis.quality.offsamples = 0
        spec = self._env.action_spec()
        self._bounds = np.broadcast_to(spec.minimum, spec.shape), np.broadcast_to(spec.maximum, spec.shape)

    @staticmethod
    def _observed(step: Any) -> Array:
        return np.concatenate([np.ravel(part) for part in step.observation.values()]).astype(np.float64)
