"""Crafter (Hafner, 2022), whose package has the interface of old, as a Gymnasium environment."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from worldmodels.errors import InputError

Frame = NDArray[np.uint8]


class CrafterEnv(gym.Env[Frame, np.int64]):
    """A world to survive in; 22 achievements pay 1 each, and health a tenth of its changes.

    Args:
        size: Height and width of a frame.
        length: Steps after which an episode is truncated.
        render_mode: `None` or "rgb_array".

    Raises:
        InputError: where crafter is not installed.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 10}  # noqa: RUF012

    def __init__(self, size: int = 64, length: int = 10_000, render_mode: str | None = None) -> None:
        try:
            import crafter
        except ImportError as error:
            raise InputError(f"crafter is missing: pip install 'worldmodels-core[crafter]' ({error}).") from error
        self.render_mode = render_mode
        self._game = crafter.Env(size=(size, size), length=length, seed=0)
        self.observation_space = spaces.Box(0, 255, (size, size, 3), np.uint8)
        self.action_space = spaces.Discrete(len(self._game.action_names))

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Frame, dict[str, Any]]:
        """Begin an episode in a world that follows from the seed."""
        super().reset(seed=seed)
        if seed is not None:
            self._game._seed, self._game._episode = seed, 0
        return self._game.reset(), {}

    def step(self, action: np.int64) -> tuple[Frame, float, bool, bool, dict[str, Any]]:
        """One step; death terminates. `info` has the inventory and the achievements so far."""
        frame, reward, done, info = self._game.step(int(action))
        dead = info["discount"] == 0
        kept = {name: info[name] for name in ("inventory", "achievements")}
        return frame, float(reward), dead, bool(done) and not dead, kept

    def render(self) -> Any:
        """The frame, uint8 (height, width, 3)."""
        return None if self.render_mode is None else self._game.render()
