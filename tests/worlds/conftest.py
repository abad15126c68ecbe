import gymnasium
import numpy as np
import pytest
from gymnasium import spaces


class Clock(gymnasium.Env):
    """Shows its clock in every pixel but the first, which shows the last action; ends after `length` steps."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 20}

    def __init__(self, length=5, shape=(6, 8, 3), dtype="uint8", modes=("rgb_array",), render_mode=None, won=None):
        self.metadata = {**self.metadata, "render_modes": list(modes)}
        self.length, self.shape, self.won, self.render_mode = length, tuple(shape), won, render_mode
        self.observation_space = spaces.Box(0, 255, self.shape, np.dtype(dtype).type)
        self.action_space = spaces.Discrete(3)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.time, self.action = 0, 0
        return self._look(), {}

    def step(self, action):
        self.time, self.action = self.time + 1, action
        info = {"time": self.time, "trail": np.arange(self.time)}
        if self.won is not None:
            info["is_success"] = self.won
        return self._look(), 1.0, self.time >= self.length, False, info

    def render(self):
        return np.full((12, 10, 3), 10 * self.time, np.uint8)

    def _look(self):
        frame = np.full(self.shape, self.time, self.observation_space.dtype)
        frame.flat[0] = self.action
        return frame


@pytest.fixture
def clock():
    """The id of `Clock`."""
    gymnasium.register("tests/Clock-v0", Clock, max_episode_steps=50)
    yield "tests/Clock-v0"
    del gymnasium.registry["tests/Clock-v0"]
