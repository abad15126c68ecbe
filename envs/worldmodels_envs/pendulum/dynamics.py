"""How a pendulum swings."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from worldmodels_envs.pendulum.config import PendulumConfig

Floats = npt.NDArray[np.float64]

_SUBSTEP = 0.025


class Swing(NamedTuple):
    """Angles in rad, 0 upright and growing clockwise, and angular velocities in rad/s, each (count,)."""

    angles: Floats
    velocities: Floats


def swing(config: PendulumConfig, start: Swing, torques: Floats) -> Swing:
    """Return where pendulums are a frame later, under torques (count,) that stay the same (Runge-Kutta, order 4)."""
    substeps = int(np.ceil(config.step / _SUBSTEP))
    h = config.step / substeps
    state = np.stack(start)
    for _ in range(substeps):
        k1 = _change(config, state, torques)
        k2 = _change(config, state + h / 2 * k1, torques)
        k3 = _change(config, state + h / 2 * k2, torques)
        k4 = _change(config, state + h * k3, torques)
        state = state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    angles, velocities = state
    return Swing((angles + np.pi) % (2 * np.pi) - np.pi, velocities)


def _change(config: PendulumConfig, state: Floats, torques: Floats) -> Floats:
    """Return the time derivative of a state (2, count)."""
    angles, velocities = state
    weight = config.mass * config.gravity * config.length
    inertia = config.mass * config.length**2
    return np.stack([velocities, (weight * np.sin(angles) - config.friction * velocities + torques) / inertia])
