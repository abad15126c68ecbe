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


def test_another_autoreset_mode_is_refused():
    with pytest.raises(InputError, match="SAME_STEP"):
        VecEnvAdapter(make(mode=AutoresetMode.NEXT_STEP))


def test_ppo_learns_on_it():
    agent = PPO("MlpPolicy", VecEnvAdapter(make(8)), n_steps=8, batch_size=32, n_epochs=1, device="cpu")
    agent.learn(128)
    assert agent.num_timesteps == 128
