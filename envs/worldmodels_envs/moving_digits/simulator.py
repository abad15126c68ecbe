"""Many frames with moving digits, stepped together."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from worldmodels_envs.moving_digits.config import VARIANTS, MovingDigitsConfig
from worldmodels_envs.moving_digits.digits import Digits, load_digits
from worldmodels_envs.moving_digits.drawing import Bytes, draw_frames
from worldmodels_envs.moving_digits.dynamics import Bouncing, Floats, Motion
from worldmodels_envs.simulator import Arrays, Info, Rows, Simulator
from worldmodels_envs.variation import Factor, Factors, whole


class MovingDigitsSimulator(Simulator):
    """Many frames with moving digits, stepped together; they are action-free.

    Args:
        config: The world.
        count: How many episodes run at once.
    """

    variants = VARIANTS
    factors: ClassVar[Factors] = {
        "digits": Factor(lambda config: whole(1, 3), lambda value: {"digits": int(value)}),
        "size": Factor(
            lambda config: whole(config.side * 3 // 4, config.side * 9 // 8), lambda value: {"digit_size": int(value)}
        ),
        "speed": Factor(lambda config: whole(2, 6), lambda value: {"speed": int(value)}),
    }

    def __init__(self, config: MovingDigitsConfig, count: int) -> None:
        super().__init__(config, count)
        self.action_space = spaces.Discrete(1)
        self.frame_shape = (config.size, config.size, config.channels)
        load_digits(config)
        self.bouncing = Bouncing(config)
        shape = (count, config.digits)
        self.which = np.zeros(shape, dtype=np.intp)
        self.motion = Motion(np.zeros((*shape, 2)), np.zeros((*shape, 2)))

    # Looked up, not stored: a copied or pickled world need not carry them.
    @property
    def digits(self) -> Digits:
        """The pictures to choose from."""
        return load_digits(self.config)

    def reset(self, rng: np.random.Generator, rows: Rows | None = None) -> None:
        """Start new episodes, in all rows or in some: other digits, other places, other velocities."""
        rows = np.arange(self.count) if rows is None else rows
        shape = (len(rows), self.config.digits)
        self.which[rows] = rng.integers(len(self.digits.labels), size=shape)
        for mine, new in zip(self.motion, self.bouncing.start(rng, shape), strict=True):
            mine[rows] = new

    def step(
        self, rng: np.random.Generator, actions: npt.NDArray[np.intp] | None = None
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        """Move every digit; there is no reward and no end, and the only action does nothing."""
        self.bouncing.advance(rng, self.motion)
        return np.zeros(self.count), np.zeros(self.count, dtype=np.bool_)

    def look(self, rows: Rows | None = None) -> tuple[Bytes, Info]:
        """Return the frames and the ground truth of all rows or some.

        Returns:
            Frames uint8 (rows, size, size, channels), and `positions` float32 (rows, digits, 2), the digits'
            centres in px as (x, y), `velocities` float32 (rows, digits, 2), with which they leave this frame in
            px a frame, and `labels` uint8 (rows, digits), which digits they are.
        """
        rows = np.arange(self.count) if rows is None else rows
        corners = self.motion.corners[rows]
        info = self.describe(corners, self.motion.velocities[rows])
        return self.draw(self.which[rows], corners), {**info, "labels": self.digits.labels[self.which[rows]]}

    def roll(self, rng: np.random.Generator, length: int, rows: slice = slice(None)) -> Arrays:
        """Run all episodes from their start; all frames of all rows are drawn at once."""
        self.reset(rng)
        return self.run(rng, length, rows)

    def run(self, rng: np.random.Generator, length: int, rows: slice = slice(None)) -> Arrays:
        """Run all episodes from where they are; arrays as `roll` returns them."""
        moved = [(self.motion.corners.copy(), self.motion.velocities.copy())]
        for _ in range(length - 1):
            self.step(rng)
            moved.append((self.motion.corners.copy(), self.motion.velocities.copy()))
        corners, velocities = (np.stack(part, axis=1)[rows] for part in zip(*moved, strict=True))
        which = self.which[rows].repeat(length, axis=0)
        frames = self.draw(which, corners.reshape(-1, *corners.shape[2:]))
        shape = corners.shape[:2]
        return {
            "frames": frames.reshape(*shape, *self.frame_shape),
            **self.describe(corners, velocities),
            "labels": self.digits.labels[which].reshape(*shape, -1),
        }

    def describe(self, corners: Floats, velocities: Floats) -> Info:
        """Return `positions` and `velocities` as the ground truth has them, (..., digits, 2)."""
        centres = corners + (self.config.side - 1) / 2
        return {"positions": centres.astype(np.float32), "velocities": velocities.astype(np.float32)}

    def draw(self, which: npt.NDArray[np.intp], corners: Floats) -> Bytes:
        """Draw frames (frames, size, size, channels) of digits (frames, digits) at corners (frames, digits, 2)."""
        grey = draw_frames(self.digits.pictures, which, corners, self.config.size)
        frames = grey[..., None]
        return frames if self.config.channels == 1 else frames.repeat(self.config.channels, axis=-1)
