import copy
import pickle

import gymnasium
import numpy as np
import pytest

from worldmodels_envs.random_walk import RandomWalkEnv, RandomWalkReachEnv


def test_stepping_before_reset_says_what_to_do():
    with pytest.raises(gymnasium.error.ResetNeeded, match="reset"):
        RandomWalkEnv().step(0)


@pytest.mark.parametrize("action", [-1, 4])
def test_actions_outside_the_space_are_refused(action):
    env = RandomWalkReachEnv()
    env.reset(seed=0)
    with pytest.raises(gymnasium.error.InvalidAction, match=r"0\.\.3"):
        env.step(action)


def test_unknown_render_modes_are_refused():
    with pytest.raises(ValueError, match="rgb_array"):
        RandomWalkEnv(render_mode="human")


def test_render_enlarges_the_frame_and_shares_nothing_with_it():
    env = RandomWalkEnv(render_mode="rgb_array", render_scale=3)
    frame, _ = env.reset(seed=0)
    seen = frame.copy()
    frame[:] = 7
    assert (env.render()[1::3, ::3] == seen).all()


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
def test_a_copy_goes_on_as_the_original(duplicate):
    env = RandomWalkReachEnv()
    env.reset(seed=0)
    twin = duplicate(env)
    for action in [0, 3, 1, 2]:
        (frame, *_, info), (other, *_, its) = env.step(action), twin.step(action)
        assert (frame == other).all() and info["distance"] == its["distance"]
        assert all(np.array_equal(value, its[name]) for name, value in info.items())
    assert (env.reset()[0] == twin.reset()[0]).all()
