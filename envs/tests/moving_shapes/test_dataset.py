import json

import numpy as np
import pytest

from worldmodels_envs.dataset import BLOCK_VIDEOS
from worldmodels_envs.moving_shapes import blocks, generate, write
from worldmodels_envs.moving_shapes.dynamics import MOVES


def test_arrays_have_their_shapes_and_types():
    data = generate(videos=3, length=4)
    assert {key: (value.shape, value.dtype.name) for key, value in data.items()} == {
        "frames": ((3, 4, 64, 64, 3), "uint8"),
        "positions": ((3, 4, 1, 2), "int16"),
        "directions": ((3, 3), "int8"),
        "outcomes": ((3, 8, 2), "int16"),
        "shapes": ((3,), "uint8"),
        "radii": ((3,), "uint8"),
        "colours": ((3,), "uint8"),
    }


def test_directions_lead_from_each_frame_to_the_next_and_outcomes_hold_the_second():
    data = generate("jittered", videos=40, length=6)
    positions = data["positions"][:, :, 0]
    assert (np.diff(positions, axis=1) == 6 * MOVES[data["directions"]]).all()
    chosen = data["outcomes"][np.arange(40), data["directions"][:, 0]]
    assert (chosen == positions[:, 1]).all() and len(np.unique(positions[:, 0], axis=0)) > 20


def test_fewer_and_shorter_videos_are_the_beginning_of_more_and_longer_ones():
    whole = generate(videos=BLOCK_VIDEOS + 6, length=5, seed=3)
    part = generate(videos=5, length=2, seed=3)
    assert (part["frames"] == whole["frames"][:5, :2]).all() and (part["outcomes"] == whole["outcomes"][:5]).all()
    assert (generate(videos=5, length=2, seed=4)["frames"] != part["frames"]).any()


def test_blocks_and_files_hold_what_generate_returns(tmp_path):
    options = {"config": "jittered", "videos": BLOCK_VIDEOS + 3, "length": 3, "seed": 1}
    data, pieces = generate(**options), list(blocks(**options))
    folder = write(tmp_path / "shapes", **options)
    for name, values in data.items():
        assert (np.concatenate([piece[name] for piece in pieces]) == values).all()
        assert (np.load(folder / f"{name}.npy", mmap_mode="r") == values).all()
    assert json.loads((folder / "config.json").read_text())["config"]["jitter"] == 4


@pytest.mark.parametrize("bad", [{"videos": 0}, {"length": 0}, {"seed": -1}])
def test_numbers_out_of_range_are_refused(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        generate(**{"videos": 1, "length": 2, **bad})
