"""`worldmodels/Busy-v0`: an environment whose steps keep one core busy for a few milliseconds."""

from __future__ import annotations

import hashlib
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces

ROUNDS = 12_000
"""Of SHA-256 for each step."""

FRAME = (36, 36, 3)
"""The smallest frames that stable-baselines3's convolutions take."""


class Busy(gym.Env[Any, Any]):
    """Frames are digests of what was done, so that two recordings are equal only if every step was."""

    observation_space = spaces.Box(0, 255, FRAME, np.uint8)
    action_space = spaces.Discrete(2)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin with a digest of a random number."""
        super().reset(seed=seed)
        self._digest = work(self.np_random.bytes(8))
        return self._frame(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Digest the action with all that was before."""
        self._digest = work(self._digest + bytes([int(action)]))
        return self._frame(), 0.0, False, False, {}

    def _frame(self) -> np.ndarray[Any, Any]:
        return np.resize(np.frombuffer(self._digest, np.uint8), FRAME)


def work(data: bytes) -> bytes:
    """One step's work."""
    return hashlib.pbkdf2_hmac("sha256", data, b"busy", ROUNDS)


gym.register("worldmodels/Busy-v0", f"{__name__}:Busy", max_episode_steps=10)
