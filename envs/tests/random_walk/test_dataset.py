import json

import numpy as np
import pytest

from worldmodels_envs.random_walk import VARIANTS, blocks, generate, write
from worldmodels_envs.random_walk.dataset import BLOCK_VIDEOS


@pytest.mark.parametrize("name", VARIANTS)
def test_arrays_have_their_shapes_and_types(name):
    data = generate(name, videos=3, length=5, masks=True)
    moves = VARIANTS[name].moves
    assert {key: (value.shape, value.dtype.name) for key, value in data.items()} == {
        "frames": ((3, 5, 32, 32, 3), "uint8"),
        "positions": ((3, 5, 3, 2), "int16"),
        "rules": ((3, 4, 3, moves), "int8"),
        "shapes": ((3, 3), "uint8"),
        "radii": ((3, 3), "uint8"),
        "colours": ((3, 3), "uint8"),
        "masks": ((3, 5, 3, 32, 32), "bool"),
    }
    assert (data["masks"].any(axis=2) == data["frames"].any(axis=-1)).all()


def test_rules_lead_from_each_frame_to_the_next():
    data = generate("compositional_5", videos=40, length=12)
    moves = np.array([[-3, 0], [3, 0], [0, -3], [0, 3], [0, 0]])
    assert (np.diff(data["positions"], axis=1) == moves[data["rules"]].sum(axis=-2)).all()


def test_the_same_seed_gives_the_same_bytes_and_fewer_videos_are_the_first_of_more():
    many = BLOCK_VIDEOS + 10
    first, second = generate(videos=many, length=4, seed=3), generate(videos=many, length=4, seed=3)
    fewer, other = generate(videos=5, length=4, seed=3), generate(videos=many, length=4, seed=4)
    for name in first:
        assert first[name].tobytes() == second[name].tobytes()
        assert (fewer[name] == first[name][:5]).all()
    assert (other["positions"] != first["positions"]).any()
    assert (first["positions"][:10] != first["positions"][BLOCK_VIDEOS:]).any()


def test_blocks_and_files_hold_what_generate_returns(tmp_path):
    options = {
        "config": "out_of_distribution",
        "videos": BLOCK_VIDEOS + 3,
        "length": 3,
        "seed": 1,
        "masks": True,
    }
    data, pieces = generate(**options), list(blocks(**options))
    folder = write(tmp_path / "walk", **options)
    assert [len(piece["frames"]) for piece in pieces] == [BLOCK_VIDEOS, 3]
    for name, values in data.items():
        assert (np.concatenate([piece[name] for piece in pieces]) == values).all()
        assert (np.load(folder / f"{name}.npy", mmap_mode="r") == values).all()
    recipe = json.loads((folder / "config.json").read_text())
    assert recipe["seed"] == 1 and recipe["config"]["shuffle"] is True


def test_a_full_folder_is_left_alone(tmp_path):
    (tmp_path / "mine").touch()
    with pytest.raises(FileExistsError, match="not empty"):
        write(tmp_path, videos=1)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("bad", [{"videos": 0}, {"length": 0}, {"seed": -1}])
def test_numbers_out_of_range_are_refused(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        generate(**{"videos": 1, "length": 2, **bad})
