import json

import numpy as np
import pytest

from worldmodels_envs.dataset import BLOCK_VIDEOS
from worldmodels_envs.moving_digits import (
    VARIANTS,
    blocks,
    evaluation_set,
    generate,
    load_digits,
    resolve_config,
    write,
)


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("channels", [1, 3])
def test_arrays_have_their_shapes_and_types(name, channels):
    data = generate(resolve_config(name, channels=channels, digits=3), videos=2, length=5)
    assert {key: (value.shape, value.dtype.name) for key, value in data.items()} == {
        "frames": ((2, 5, 64, 64, channels), "uint8"),
        "positions": ((2, 5, 3, 2), "float32"),
        "velocities": ((2, 5, 3, 2), "float32"),
        "labels": ((2, 3), "uint8"),
    }
    assert (data["frames"] == data["frames"][..., :1]).all()


def test_velocities_lead_to_the_next_position_where_nothing_bounces():
    data = generate(videos=30, length=10)
    moved = np.diff(data["positions"], axis=1) - data["velocities"][:, :-1]
    same = (data["velocities"][:, 1:] == data["velocities"][:, :-1]).all(axis=-1)
    assert same.mean() > 0.5 and np.abs(moved[same]).max() < 1e-4


def test_the_trajectory_of_a_seed_is_what_the_documented_draws_give():
    config = resolve_config("deterministic", size=32)
    data = generate(config, videos=2, length=6, seed=5)
    rng = np.random.default_rng([5, 0])
    shape = (BLOCK_VIDEOS, 2)
    which = rng.integers(len(load_digits(config).labels), size=shape)
    start, velocity = rng.integers(0, 19, size=(*shape, 2)), rng.integers(-4, 5, size=(*shape, 2)) / 2
    unfolded = (start[:2, None] + np.arange(6)[:, None, None] * velocity[:2, None]) % 36
    assert data["positions"] == pytest.approx(np.minimum(unfolded, 36 - unfolded) + 6.5)
    assert (data["labels"] == load_digits(config).labels[which[:2]]).all()


def test_the_same_seed_gives_the_same_bytes_and_less_is_the_beginning_of_more():
    many = BLOCK_VIDEOS + 3
    first, second = generate(videos=many, length=12, seed=3), generate(videos=many, length=12, seed=3)
    less = generate(videos=5, length=4, seed=3)
    for name in first:
        assert first[name].tobytes() == second[name].tobytes()
        part = first[name][:5] if name == "labels" else first[name][:5, :4]
        assert (less[name] == part).all()
    assert (generate(videos=5, length=4, seed=4)["positions"] != less["positions"]).any()
    assert (first["positions"][:3] != first["positions"][BLOCK_VIDEOS:]).any()


def test_blocks_and_files_hold_what_generate_returns(tmp_path):
    options = {"config": "svg", "videos": BLOCK_VIDEOS + 3, "length": 3, "seed": 1}
    data, pieces = generate(**options), list(blocks(**options))
    folder = write(tmp_path / "digits", **options)
    assert [len(piece["frames"]) for piece in pieces] == [BLOCK_VIDEOS, 3]
    for name, values in data.items():
        assert (np.concatenate([piece[name] for piece in pieces]) == values).all()
        assert (np.load(folder / f"{name}.npy", mmap_mode="r") == values).all()
    assert json.loads((folder / "config.json").read_text())["config"]["bounce"] == "clamped"
    with pytest.raises(FileExistsError, match="not empty"):
        write(folder, **options)


@pytest.mark.parametrize(("name", "length"), [("stochastic", 25), ("deterministic", 100)])
def test_the_evaluation_set_uses_every_test_digit_once(name, length):
    config = resolve_config(name, size=32)
    data = evaluation_set(config)
    assert data["frames"].shape == (180, length, 32, 32, 1)
    labels = load_digits(resolve_config(config, split="test")).labels
    assert (np.bincount(data["labels"].ravel()) == np.bincount(labels)).all()
    assert (evaluation_set(config, length=3)["frames"] == data["frames"][:, :3]).all()


def test_an_evaluation_set_needs_enough_digits():
    with pytest.raises(ValueError, match="only 360 pictures"):
        evaluation_set(resolve_config("stochastic", digits=361))


@pytest.mark.parametrize("bad", [{"videos": 0}, {"length": 0}, {"seed": -1}])
def test_numbers_out_of_range_are_refused(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        generate(**{"videos": 1, "length": 2, **bad})
