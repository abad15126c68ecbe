import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import worldmodels_envs  # noqa: F401
from worldmodels_envs.pendulum import PendulumEnv

NAME = "worldmodels/Pendulum-v0"


@pytest.mark.parametrize("mode", [None, "rgb_array"])
def test_gymnasium_checks_pass_without_warnings(mode):
    check_env(gymnasium.make(NAME, render_mode=mode).unwrapped)


def test_a_frame_keeps_its_noise_however_often_one_looks():
    env = PendulumEnv(render_mode="rgb_array", render_scale=1)
    frame, _ = env.reset(seed=0)
    assert (env.render() == frame).all() and (env.render() == frame).all()


def test_a_vector_of_one_swings_as_the_single_environment():
    envs, env = gymnasium.make_vec(NAME, num_envs=1), gymnasium.make(NAME)
    (frames, infos), (frame, info) = envs.reset(seed=3), env.reset(seed=3)
    for _ in range(10):
        assert (frames[0] == frame).all() and infos["angles"][0] == np.float32(info["angles"])
        frames, _, _, _, infos = envs.step(np.zeros(1, dtype=int))
        frame, _, _, _, info = env.step(0)


def test_a_masked_reset_leaves_the_others_alone():
    envs = gymnasium.make_vec(NAME, num_envs=3)
    frames, before = envs.reset(seed=0)
    after, info = envs.reset(options={"reset_mask": np.array([True, False, True])})
    assert (after != frames).any(axis=(1, 2, 3)).tolist() == [True, False, True]
    assert (info["angles"] == before["angles"]).tolist() == [False, True, False]
