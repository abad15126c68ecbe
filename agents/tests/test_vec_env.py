import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from stable_baselines3 import PPO

import worldmodels_envs  # noqa: F401 - registers its environments
from worldmodels.errors import InputError
from worldmodels_agents.vec_env import VecEnvAdapter

REACH = "worldmodels/RandomWalkReach-v0"


def make(number=4, mode=AutoresetMode.SAME_STEP, **options):
    return gym.make_vec(REACH, num_envs=number, autoreset_mode=mode, **options)


def test_steps_are_those_of_the_vector_environment():
    adapter, env = VecEnvAdapter(make()), make()
    adapter.seed(3)
    assert np.array_equal(adapter.reset(), env.reset(seed=3)[0])
    rng = np.random.default_rng(0)
    ended = 0
    for _ in range(120):
        actions = rng.integers(4, size=4)
        observation, reward, terminated, truncated, info = env.step(actions)
        result = adapter.step(actions)
        assert np.array_equal(result[0], observation)
        assert np.allclose(result[1], reward)
        assert np.array_equal(result[2], terminated | truncated)
        for index in np.flatnonzero(result[2]):
            note = result[3][index]
            assert np.array_equal(note["terminal_observation"], info["final_obs"][index])
            assert note["TimeLimit.truncated"] == (truncated[index] and not terminated[index])
            assert note["is_success"] == terminated[index]
            ended += 1
    assert ended >= 8


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.DISABLED])
def test_other_autoreset_modes_are_made_into_the_one_that_is_needed(mode):
    one, other = VecEnvAdapter(make()), VecEnvAdapter(make(mode=mode))
    for adapter in (one, other):
        adapter.seed(3)
    assert np.array_equal(one.reset(), other.reset())
    rng = np.random.default_rng(0)
    ended = 0
    for _ in range(120):
        actions = rng.integers(4, size=4)
        expected, found = one.step(actions), other.step(actions)
        for left, right in zip(expected[:3], found[:3], strict=True):
            assert np.array_equal(left, right)
        for index in np.flatnonzero(found[2]):
            for name in ("terminal_observation", "TimeLimit.truncated", "is_success"):
                assert np.array_equal(expected[3][index][name], found[3][index][name])
            ended += 1
    assert ended >= 8


def test_gymnasiums_own_environments_with_the_default_autoreset():
    class Countdown(gym.Env):
        observation_space = gym.spaces.Box(0, 9, (1,), np.float32)
        action_space = gym.spaces.Discrete(2)

        def reset(self, *, seed=None, options=None):
            self.left = 3.0
            return np.array([self.left], np.float32), {}

        def step(self, action):
            self.left -= 1
            return np.array([self.left], np.float32), 1.0, self.left == 0, False, {}

    adapter = VecEnvAdapter(gym.vector.SyncVectorEnv([Countdown, Countdown]))
    assert adapter.reset().tolist() == [[3], [3]]
    shown = [adapter.step(np.array([0, 0])) for _ in range(4)]
    assert [step[0][0].item() for step in shown] == [2, 1, 3, 2]
    assert [bool(step[2][0]) for step in shown] == [False, False, True, False]
    assert shown[2][3][0]["terminal_observation"].tolist() == [0]


def test_an_environment_that_does_not_say_is_refused():
    env = make()
    env.metadata = {}
    with pytest.raises(InputError, match="none of Gymnasium's"):
        VecEnvAdapter(env)


def test_ppo_learns_on_it():
    agent = PPO("MlpPolicy", VecEnvAdapter(make(8)), n_steps=8, batch_size=32, n_epochs=1, device="cpu")
    agent.learn(128)
    assert agent.num_timesteps == 128
