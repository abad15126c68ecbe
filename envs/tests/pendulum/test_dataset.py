import json

import numpy as np
import pytest

from worldmodels_envs.dataset import BLOCK_VIDEOS
from worldmodels_envs.pendulum import PendulumConfig, blocks, generate, write
from worldmodels_envs.pendulum.dynamics import Swing, swing


def test_torques_lead_from_each_frame_to_the_next():
    data = generate(videos=5, length=8)
    shapes = {name: (array.shape, array.dtype.name) for name, array in data.items()}
    assert shapes == {
        "frames": ((5, 8, 16, 16, 1), "uint8"),
        "angles": ((5, 8), "float32"),
        "velocities": ((5, 8), "float32"),
        "torques": ((5, 7), "float32"),
    }
    before = Swing(data["angles"][:, :-1].ravel(), data["velocities"][:, :-1].ravel())
    after = swing(PendulumConfig(), before, data["torques"].ravel())
    assert after.velocities == pytest.approx(data["velocities"][:, 1:].ravel(), abs=1e-4)
    assert np.cos(after.angles - data["angles"][:, 1:].ravel()) == pytest.approx(1)


def test_noise_is_as_strong_as_asked_for():
    noisy, clean = (generate(PendulumConfig(size=32, noise=noise), videos=20) for noise in (0.1, 0.0))
    assert (noisy["angles"] == clean["angles"]).all()
    error = (noisy["frames"] / 255.0)[clean["frames"] == 0]
    # Noise below black is cut off: half a Gaussian is left, whose mean square is half as large.
    assert np.sqrt(2 * (error**2).mean()) == pytest.approx(0.1, rel=0.02)


def test_the_same_seed_gives_the_same_bytes_and_less_is_the_beginning_of_more():
    many = BLOCK_VIDEOS + 3
    first, second, less = generate(videos=many, seed=2), generate(videos=many, seed=2), generate("driven", 5, 6, 2)
    for name in first:
        assert first[name].tobytes() == second[name].tobytes()
        assert (less[name] == first[name][:5, : less[name].shape[1]]).all()
    assert (generate(videos=5, length=6, seed=3)["angles"] != less["angles"]).all()


def test_blocks_and_files_hold_what_generate_returns(tmp_path):
    options = {"config": "free", "videos": BLOCK_VIDEOS + 3, "length": 1, "seed": 1}
    data, pieces = generate(**options), list(blocks(**options))
    folder = write(tmp_path / "swings", **options)
    for name, values in data.items():
        assert (np.concatenate([piece[name] for piece in pieces]) == values).all()
        assert (np.load(folder / f"{name}.npy", mmap_mode="r") == values).all()
    assert json.loads((folder / "config.json").read_text())["config"]["torque"] == 0


@pytest.mark.parametrize("bad", [{"videos": 0}, {"length": 0}, {"seed": -1}])
def test_numbers_out_of_range_are_refused(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        generate(**{"videos": 1, "length": 2, **bad})
