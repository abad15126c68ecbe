import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import worldmodels_envs  # noqa: F401

NAME = "worldmodels/Narratives-v0"


@pytest.mark.parametrize("mode", [None, "rgb_array"])
def test_gymnasium_checks_pass_without_warnings(mode):
    check_env(gymnasium.make(NAME, render_mode=mode).unwrapped)


def test_an_episode_is_the_papers_story():
    env = gymnasium.make(NAME)
    env.reset(seed=0)
    ends = [env.step(0)[2:4] for _ in range(20)]
    assert ends[-1] == (False, True) and not any(truncated for _, truncated in ends[:-1])


def test_a_vector_of_one_tells_what_the_single_environment_tells():
    envs, env = gymnasium.make_vec(NAME, num_envs=1, config="reaction"), gymnasium.make(NAME, config="reaction")
    (frames, infos), (frame, info) = envs.reset(seed=3), env.reset(seed=3)
    for _ in range(10):
        assert (frames[0] == frame).all()
        assert all(np.array_equal(infos[name][0], value) for name, value in info.items())
        frames, _, _, _, infos = envs.step(np.zeros(1, dtype=int))
        frame, _, _, _, info = env.step(0)


def test_a_masked_reset_leaves_the_others_alone():
    envs = gymnasium.make_vec(NAME, num_envs=3)
    frames, before = envs.reset(seed=0)
    after, info = envs.reset(options={"reset_mask": np.array([True, False, True])})
    assert (after != frames).any(axis=(1, 2, 3)).tolist() == [True, False, True]
    assert (info["positions"][1] == before["positions"][1]).all()
