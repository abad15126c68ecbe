import numpy as np
import pytest

from worldmodels_envs.random_walk import VARIANTS, RandomWalkConfig
from worldmodels_envs.random_walk.simulator import RandomWalkSimulator


def started(config, count=50, seed=0):
    world, rng = RandomWalkSimulator(config, count), np.random.default_rng(seed)
    world.reset(rng)
    return world, rng


@pytest.mark.parametrize("name", VARIANTS)
def test_masks_split_what_is_not_black_by_colour(name):
    world, rng = started(VARIANTS[name])
    for _ in range(3):
        world.step(rng)
    frames, info = world.look()
    assert (info["masks"].sum(axis=1) == frames.any(axis=-1)).all()
    colours = np.array(VARIANTS[name].colours, dtype=np.uint8)[world.looks.colour]
    painted = (info["masks"][..., None] * colours[:, :, None, None]).sum(axis=1)
    assert (painted == frames).all()


def test_ball_zero_is_never_hidden():
    world, _ = started(RandomWalkConfig(balls=6), count=200)
    info = world.look()[1]
    assert (info["masks"][:, 0].sum(axis=(1, 2)) == 37).all()
    assert (info["masks"][:, 5].sum(axis=(1, 2)) < 37).any()


def test_positions_are_the_middles_of_unhidden_masks():
    world, _ = started(RandomWalkConfig(balls=1))
    info = world.look()[1]
    for mask, position in zip(info["masks"][:, 0], info["positions"][:, 0], strict=True):
        rows, columns = np.nonzero(mask)
        assert (columns.mean(), rows.mean()) == tuple(position)


def test_shuffled_looks_differ_between_episodes_and_colours_within_one():
    world, _ = started(VARIANTS["out_of_distribution"], count=200)
    assert set(world.looks.shape.ravel().tolist()) == {0, 1, 2, 3}
    assert set(world.looks.radius.ravel().tolist()) == {0, 1}
    assert all(len(set(row)) == 3 for row in world.looks.colour.tolist())
    assert len(np.unique(world.looks.colour, axis=0)) > 50


def test_a_partial_reset_touches_only_its_rows():
    world, rng = started(VARIANTS["out_of_distribution"], count=6)
    world.step(rng)
    before, old = world.look()
    world.reset(rng, np.array([1, 4]))
    after, new = world.look()
    kept = [0, 2, 3, 5]
    assert (after[kept] == before[kept]).all() and (new["rules"][kept] == old["rules"][kept]).all()
    assert (after[[1, 4]] != before[[1, 4]]).any(axis=(1, 2, 3)).all() and (new["rules"][[1, 4]] == -1).all()


def test_looking_at_some_rows_is_part_of_looking_at_all():
    world, _ = started(VARIANTS["out_of_distribution"], count=6)
    rows = np.array([3, 5])
    frames, info = world.look()
    some, part = world.look(rows)
    assert (some == frames[rows]).all()
    assert all((part[name] == info[name][rows]).all() for name in info)


def test_masks_can_be_left_out():
    world = RandomWalkSimulator(RandomWalkConfig(), 2, masks=False)
    world.reset(np.random.default_rng(0))
    assert set(world.look()[1]) == {"positions", "rules", "shapes", "radii", "colours"}
