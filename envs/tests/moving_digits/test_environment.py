import copy
import pickle

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import worldmodels_envs  # noqa: F401
from worldmodels_envs.moving_digits import VARIANTS, MovingDigitsEnv

NAME = "worldmodels/MovingDigits-v0"


@pytest.mark.parametrize("mode", [None, "rgb_array"])
@pytest.mark.parametrize("channels", [1, 3])
def test_gymnasium_checks_pass_without_warnings(mode, channels):
    check_env(gymnasium.make(NAME, render_mode=mode, channels=channels).unwrapped)


@pytest.mark.parametrize("variant", VARIANTS)
def test_frames_and_ground_truth_have_their_shapes(variant):
    env = MovingDigitsEnv(variant, digits=1)
    frame, info = env.reset(seed=0)
    assert frame.shape == (64, 64, 1) and frame.max() == 255
    assert info["positions"].shape == info["velocities"].shape == (1, 2) and info["labels"].shape == (1,)
    after, reward, terminated, truncated, _ = env.step(0)
    assert (after != frame).any() and (reward, terminated, truncated) == (0.0, False, False)


def test_what_is_rendered_is_rgb():
    env = MovingDigitsEnv(render_mode="rgb_array", render_scale=2)
    frame, _ = env.reset(seed=0)
    assert env.render().shape == (128, 128, 3) and (env.render()[::2, ::2, 1:2] == frame).all()
    envs = gymnasium.make_vec(NAME, num_envs=3, render_mode="rgb_array", render_scale=1)
    assert envs.render() is None
    frames, _ = envs.reset(seed=0)
    assert (np.stack(envs.render())[..., :1] == frames).all()


def test_a_vector_of_one_moves_as_the_single_environment():
    envs, env = gymnasium.make_vec(NAME, num_envs=1), gymnasium.make(NAME)
    (frames, infos), (frame, info) = envs.reset(seed=3), env.reset(seed=3)
    for _ in range(30):
        assert (frames[0] == frame).all() and (infos["positions"][0] == info["positions"]).all()
        frames, _, _, _, infos = envs.step(np.zeros(1, dtype=int))
        frame, _, _, _, info = env.step(0)


def test_a_masked_reset_leaves_the_others_alone():
    envs = gymnasium.make_vec(NAME, num_envs=3)
    frames, _ = envs.reset(seed=0)
    after, _ = envs.reset(options={"reset_mask": np.array([True, False, True])})
    assert (after != frames).any(axis=(1, 2, 3)).tolist() == [True, False, True]


def test_a_copy_goes_on_as_the_original():
    env = MovingDigitsEnv()
    env.reset(seed=0)
    assert len(pickle.dumps(env)) < 100_000
    twin = copy.deepcopy(env)
    assert all((env.step(0)[0] == twin.step(0)[0]).all() for _ in range(20))


def test_episodes_are_truncated_after_a_hundred_steps():
    env = gymnasium.make(NAME, size=32)
    env.reset(seed=0)
    ends = [env.step(0)[3] for _ in range(100)]
    assert ends[-1] and not any(ends[:-1])
