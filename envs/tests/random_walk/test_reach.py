import numpy as np
import pytest

from worldmodels_envs.random_walk import (
    RandomWalkConfig,
    RandomWalkReachEnv,
    RandomWalkReachVectorEnv,
    greedy_actions,
)
from worldmodels_envs.random_walk.reach import ReachSimulator


def episodes(policy, count=500, **options):
    """Play one episode in each of many environments; return successes, returns and first distances."""
    envs = RandomWalkReachVectorEnv(count, max_episode_steps=50, autoreset_mode="SameStep", masks=False, **options)
    rng, (_, info) = np.random.default_rng(1), envs.reset(seed=0)
    distance, returns = info["distance"], np.zeros(count)
    running, success = np.ones(count, bool), np.zeros(count, bool)
    for _ in range(50):
        actions = greedy_actions(info) if policy == "greedy" else rng.integers(4, size=count)
        _, rewards, terminated, truncated, info = envs.step(actions)
        returns += rewards * running
        success |= terminated & running
        running &= ~(terminated | truncated)
    assert not running.any()
    return success, returns, distance


def test_chance_solves_a_quarter():
    success, returns, _ = episodes("random")
    assert 0.18 < success.mean() < 0.30
    assert (np.abs(returns[~success]) < 1).all()


@pytest.mark.parametrize("config", ["atomic", "compositional", "out_of_distribution"])
def test_the_greedy_policy_solves_everything_and_the_dense_return_telescopes(config):
    success, returns, distance = episodes("greedy", count=200, config=config)
    assert success.all()
    longest = 2 * (31 - (4 if config == "out_of_distribution" else 6))
    np.testing.assert_allclose(returns, 1 + distance / longest)
    assert returns.max() <= 2


def test_the_sparse_reward_is_one_at_the_goal_and_nothing_else():
    success, returns, _ = episodes("random", reward="sparse")
    assert (returns == success).all()


def test_unknown_rewards_are_refused():
    with pytest.raises(ValueError, match="known are dense, sparse"):
        RandomWalkReachEnv(reward="shaped")


@pytest.mark.parametrize("config", [RandomWalkConfig(), RandomWalkConfig(step=5, radii=(2, 4), shuffle=True)])
def test_goals_are_places_that_whole_steps_reach_but_not_the_start(config):
    world = ReachSimulator(config, 3000)
    world.reset(np.random.default_rng(0))
    gap, radius = world.goals - world.positions[:, 0], np.array(config.radii)[world.looks.radius[:, 0]]
    assert (gap % config.step == 0).all() and gap.any(axis=1).all()
    assert (world.goals >= radius[:, None]).all() and (world.goals <= 31 - radius[:, None]).all()
    assert (world.goals == radius[:, None]).any() and (world.goals == 31 - radius[:, None]).any()


def test_the_goal_lies_over_the_others_and_under_the_controlled_ball():
    world = ReachSimulator(RandomWalkConfig(shapes="square"), 1)
    world.reset(np.random.default_rng(0))
    world.positions[:] = world.goals[:, None]
    frames, info = world.look()
    assert (info["masks"].sum(axis=(2, 3)) == [49, 0, 0]).all()
    world.positions[:, 0] = [3, 3] if (world.goals > 14).all() else [28, 28]
    frames, info = world.look()
    assert (frames == 255).all(axis=-1).sum() == 24
    assert info["masks"].sum(axis=(2, 3)).tolist() == [[49, 25, 0]]


def test_the_controlled_ball_keeps_its_colour_when_looks_are_shuffled():
    world = ReachSimulator(RandomWalkConfig(shuffle=True), 100)
    world.reset(np.random.default_rng(0))
    assert (world.looks.colour[:, 0] == 0).all()
    assert len(np.unique(world.looks.colour[:, 1:], axis=0)) == 20


def test_actions_move_ball_zero_and_walls_stop_it():
    env = RandomWalkReachEnv(reward="sparse", balls=1)
    _, info = env.reset(seed=2)
    for action, move in [(0, (-3, 0)), (2, (0, -3)), (1, (3, 0)), (3, (0, 3))] * 12:
        before = info["positions"][0]
        _, _, _, _, info = env.step(action)
        blocked = not ((3 <= before + move) & (before + move <= 28)).all()
        assert (info["positions"][0] - before == (0 if blocked else move)).all()
        assert info["rules"][0, 0] == (-1 if blocked else action)
        assert info["distance"] == np.abs(info["positions"][0] - info["goal"]).sum()
        assert info["is_success"] == (info["distance"] <= 1)
