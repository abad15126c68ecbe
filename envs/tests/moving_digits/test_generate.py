import numpy as np
import pytest

from worldmodels_envs.moving_digits import VARIANTS, generate, load_digits, resolve_config
from worldmodels_envs.simulator import BATCH


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("channels", [1, 3])
def test_arrays_have_their_shapes_and_types(name, channels):
    data = generate(resolve_config(name, channels=channels, digits=3), videos=2, length=5)
    assert {key: (value.shape, value.dtype.name) for key, value in data.items()} == {
        "frames": ((2, 5, 64, 64, channels), "uint8"),
        "positions": ((2, 5, 3, 2), "float32"),
        "velocities": ((2, 5, 3, 2), "float32"),
        "labels": ((2, 5, 3), "uint8"),
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
    shape = (BATCH, 2)
    which = rng.integers(len(load_digits(config).labels), size=shape)
    start, velocity = rng.integers(0, 19, size=(*shape, 2)), rng.integers(-4, 5, size=(*shape, 2)) / 2
    unfolded = (start[:2, None] + np.arange(6)[:, None, None] * velocity[:2, None]) % 36
    assert data["positions"] == pytest.approx(np.minimum(unfolded, 36 - unfolded) + 6.5)
    assert (data["labels"] == load_digits(config).labels[which[:2, None]]).all()


def test_shorter_videos_are_the_beginning_of_longer_ones():
    longer, shorter = generate(videos=5, length=12, seed=3), generate(videos=5, length=4, seed=3)
    assert all((shorter[name] == values[:, :4]).all() for name, values in longer.items())
