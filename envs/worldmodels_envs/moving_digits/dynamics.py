"""How digits move: straight on, and off the walls."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from worldmodels_envs.moving_digits.config import MovingDigitsConfig

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_X, _Y = 0, 1
_TOLERANCE = 1e-9


class Motion(NamedTuple):
    """Upper left corners in px and velocities in px a frame, each (..., digits, 2) as (x, y)."""

    corners: Floats
    velocities: Floats


class Bouncing:
    """Moves many digits at once; digits do not meet each other.

    Each draw is one call of `rng.integers`: for the start the corners, then the velocities, of all digits; for
    every round of bounces the velocities (bouncing digits, 2) of those that bounce, in the order of the array.

    Args:
        config: The world.
    """

    def __init__(self, config: MovingDigitsConfig) -> None:
        self.speed, self.unit, self.room = config.speed, config.pixels_per_unit, config.room
        self.stochastic = config.stochastic
        self.clamped = config.bounce == "clamped"

    def start(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Motion:
        """Draw whole corners and velocities of digits of shape (..., digits), uniformly.

        The clamped bounce leaves out the last row and column, as SVG's data do.
        """
        corners = rng.integers(0, self.room + (not self.clamped), size=(*shape, 2))
        return Motion(corners.astype(np.float64), self._draw(rng, shape))

    def advance(self, rng: np.random.Generator, motion: Motion) -> None:
        """Move all digits by one frame, in place."""
        motion.corners.__iadd__(motion.velocities)
        if self.clamped:
            self._clamp(rng, motion, _Y)
            self._clamp(rng, motion, _X)
            return
        outside = self._outside(motion.corners)
        while outside.any():
            self._bounce(rng, motion, outside)
            outside = self._outside(motion.corners)

    def _bounce(self, rng: np.random.Generator, motion: Motion, outside: Flags) -> None:
        """Take the digits that are outside back to where they left, and send them off with a new velocity."""
        left = outside.any(axis=-1)
        corners, velocities, outside = motion.corners[left], motion.velocities[left], outside[left]
        walls = np.where(velocities > 0, float(self.room), 0.0)
        overshoot = np.full_like(corners, -np.inf)
        np.divide(corners - walls, velocities, out=overshoot, where=outside)
        # The wall that was met first is the one left longest ago; at a corner both are.
        rest = overshoot.max(axis=-1, keepdims=True)
        met = outside & (overshoot >= rest - _TOLERANCE)
        places = np.where(met, walls, corners - rest * velocities)
        drawn = self._draw(rng, (len(corners),)) if self.stochastic else velocities
        inward = np.where(walls > 0, -np.abs(drawn), np.abs(drawn))
        motion.velocities[left] = np.where(met, inward, drawn)
        motion.corners[left] = places + rest * motion.velocities[left]

    def _clamp(self, rng: np.random.Generator, motion: Motion, axis: int) -> None:
        """Put the digits that are outside along an axis back to the wall, as SVG's data do: short of the far one."""
        along = motion.corners[..., axis]
        below: Flags = along < 0
        above: Flags = along >= self.room
        left = below | above
        if not left.any():
            return
        velocities = motion.velocities[left]
        if self.stochastic:
            velocities = self._draw(rng, (len(velocities),))
            away = self.unit * rng.integers(1, self.speed + 1, size=len(velocities)).astype(np.float64)
            velocities[:, axis] = np.where(below[left], away, -away)
        else:
            velocities[:, axis] *= -1
        motion.velocities[left] = velocities
        along[below], along[above] = 0, self.room - 1

    def _draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        return self.unit * rng.integers(-self.speed, self.speed + 1, size=(*shape, 2)).astype(np.float64)

    def _outside(self, corners: Floats) -> Flags:
        return (corners < -_TOLERANCE) | (corners > self.room + _TOLERANCE)
