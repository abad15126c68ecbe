import numpy as np
import pytest

from worldmodels_envs.pendulum import PendulumConfig, generate
from worldmodels_envs.pendulum.dynamics import Swing, swing


def test_torques_lead_from_each_frame_to_the_next():
    data = generate(videos=5, length=8)
    shapes = {name: (array.shape, array.dtype.name) for name, array in data.items()}
    assert shapes == {
        "frames": ((5, 8, 16, 16, 1), "uint8"),
        "angles": ((5, 8), "float32"),
        "velocities": ((5, 8), "float32"),
        "torques": ((5, 8), "float32"),
    }
    before = Swing(data["angles"][:, :-1].ravel(), data["velocities"][:, :-1].ravel())
    after = swing(PendulumConfig(), before, data["torques"][:, :-1].ravel())
    assert after.velocities == pytest.approx(data["velocities"][:, 1:].ravel(), abs=1e-4)
    assert np.cos(after.angles - data["angles"][:, 1:].ravel()) == pytest.approx(1)


def test_noise_is_as_strong_as_asked_for():
    noisy, clean = (generate(PendulumConfig(size=32, noise=noise), videos=20, length=15) for noise in (0.1, 0.0))
    assert (noisy["angles"] == clean["angles"]).all()
    error = (noisy["frames"] / 255.0)[clean["frames"] == 0]
    # Noise below black is cut off: half a Gaussian is left, whose mean square is half as large.
    assert np.sqrt(2 * (error**2).mean()) == pytest.approx(0.1, rel=0.02)


def test_shorter_videos_are_the_beginning_of_longer_ones():
    longer, shorter = generate(videos=5, length=9, seed=2), generate(videos=5, length=6, seed=2)
    assert all((shorter[name] == values[:, :6]).all() for name, values in longer.items())
