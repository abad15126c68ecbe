import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

import worldmodels_envs  # noqa: F401 - registers its environments
from worldmodels.evaluation.returns import ReturnGap, returns_table
from worldmodels.worlds import World
from worldmodels_agents.measure import measure
from worldmodels_agents.policy import RandomPolicy

REACH = World.named("reach")


def play(world, environments, episodes, seed=0):
    env = world.make_vec(environments)
    return measure(RandomPolicy(env.single_action_space, 0), env, episodes, seed=seed)


def test_whole_episodes_of_every_environment_are_counted():
    results = play(REACH, 5, 12)
    assert results.returns.shape == results.lengths.shape == results.successes.shape == (12,)
    assert (results.lengths[~results.successes] == 50).all()
    assert (results.returns[results.successes] > 1).all() and (results.returns[~results.successes] < 1).all()


def test_rewards_and_lengths_are_those_of_the_environments():
    results, env = play(REACH, 2, 2), REACH.make_vec(2)
    policy = RandomPolicy(env.single_action_space, 0)
    env.reset(seed=0)
    total, first = np.zeros(2), {}
    for step in range(50):
        _, rewards, terminated, truncated, _ = env.step(policy.predict(np.zeros(2))[0])
        total += rewards
        for i in np.flatnonzero(terminated | truncated):
            first.setdefault(i, (total[i], step + 1))
    assert sorted(results.returns) == pytest.approx(sorted(value for value, _ in first.values()), abs=1e-5)
    assert sorted(results.lengths) == sorted(steps for _, steps in first.values())


@pytest.mark.parametrize(
    ("success", "expected"), [(None, None), ("return >= 475", False), ("terminated", True), ("length < 1000", True)]
)
def test_success_is_only_what_the_world_says(success, expected):
    """Random actions let CartPole's pole fall, which terminates the episode."""
    results = play(World("CartPole-v1", frame="render", size=(8, 8), success=success), 2, 3)
    assert results.successes is None if expected is None else (results.successes == expected).all()


def test_any_autoreset_mode_counts_whole_episodes():
    env = gym.make_vec("worldmodels/RandomWalkReach-v0", 2, autoreset_mode=AutoresetMode.NEXT_STEP)
    results = measure(RandomPolicy(env.single_action_space, 0), env, 6, seed=0)
    assert results.lengths.shape == (6,) and (results.lengths[~results.successes] == 50).all()
    assert (results.returns[results.successes] > 1).all() and (results.returns[~results.successes] < 1).all()


class Lucky(gym.Env):
    """Every other episode begins where it should end; all end after two steps with success."""

    observation_space = gym.spaces.Box(0, 255, (8, 8, 3), np.uint8)
    action_space = gym.spaces.Discrete(2)
    episodes = 0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.clock, self.episodes = 0, self.episodes + 1
        return np.zeros((8, 8, 3), np.uint8), {"is_success": self.episodes % 2 == 0}

    def step(self, action):
        self.clock += 1
        info = {"is_success": self.clock == 2}
        return np.zeros((8, 8, 3), np.uint8), float(self.episodes), self.clock == 2, False, info


def test_episodes_that_begin_solved_are_left_out_and_counted():
    env = gym.vector.SyncVectorEnv([Lucky], autoreset_mode=AutoresetMode.SAME_STEP)
    results = measure(RandomPolicy(env.single_action_space, 0), env, 5)
    assert results.returns.tolist() == [2.0, 6.0, 10.0] and results.begun_solved == 2
    assert results.successes.all() and results.lengths.tolist() == [2, 2, 2]
    assert "begun solved, left out" in [
        column.label for column in returns_table({"it": ReturnGap(None, results)}).columns
    ]
