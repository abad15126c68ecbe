"""Against what physics says in closed form."""

import numpy as np
import pytest

from worldmodels_envs.pendulum import PendulumConfig
from worldmodels_envs.pendulum.dynamics import Swing, swing


def run(config, angle, velocity, frames, torque=0.0):
    state, seen = Swing(np.array([angle]), np.array([velocity])), []
    for _ in range(frames):
        state = swing(config, state, np.array([torque]))
        seen.append((state.angles[0], state.velocities[0]))
    return np.array(seen).T


def test_energy_is_kept_without_friction_and_torque():
    config = PendulumConfig(friction=0.0)
    angles, velocities = run(config, 2.0, 1.0, 100)
    energy = velocities**2 / 2 + config.gravity * np.cos(angles)
    assert energy == pytest.approx(0.5 + config.gravity * np.cos(2.0), rel=1e-4)


def test_small_swings_have_the_textbook_period():
    config = PendulumConfig(friction=0.0, step=2 * np.pi / np.sqrt(9.81) / 20)
    angles, _ = run(config, np.pi - 0.01, 0.0, 20)
    assert abs(angles[9]) == pytest.approx(np.pi - 0.01, abs=1e-4) and angles[9] < 0
    assert angles[19] == pytest.approx(np.pi - 0.01, abs=1e-4)


def test_a_torque_accelerates_and_friction_slows_exponentially():
    config = PendulumConfig(gravity=0.0, friction=0.0, mass=2.0, length=0.5)
    assert run(config, 0.0, 0.0, 10, torque=1.0)[1][-1] == pytest.approx(1.0 / 0.5)
    config = PendulumConfig(gravity=0.0, friction=0.5)
    assert run(config, 0.0, 2.0, 10)[1][-1] == pytest.approx(2 * np.exp(-0.5), rel=1e-6)


def test_angles_stay_within_one_turn():
    angles, _ = run(PendulumConfig(gravity=0.0, friction=0.0), 3.0, 4.0, 50)
    assert np.abs(angles).max() <= np.pi and angles[0] == pytest.approx(3.4 - 2 * np.pi)
