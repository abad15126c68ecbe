import numpy as np
import pytest

from worldmodels_envs.random_walk import VARIANTS, RandomWalkEnv, RandomWalkVectorEnv


@pytest.mark.parametrize("variant", VARIANTS)
def test_frames_and_ground_truth_have_their_shapes(variant):
    env = RandomWalkEnv(variant, size=40)
    frame, info = env.reset(seed=0)
    assert frame.shape == (40, 40, 3) and frame.dtype == np.uint8
    assert info["positions"].shape == (3, 2) and info["masks"].shape == (3, 40, 40)
    assert info["rules"].shape == (3, VARIANTS[variant].moves) and (info["rules"] == -1).all()


def test_rules_explain_the_positions():
    env = RandomWalkEnv()
    _, info = env.reset(seed=0)
    moves = np.array([[-3, 0], [3, 0], [0, -3], [0, 3]])
    for _ in range(30):
        before = info["positions"]
        _, reward, terminated, truncated, info = env.step(0)
        assert (info["positions"] - before == moves[info["rules"][:, 0]]).all()
        assert (reward, terminated, truncated) == (0.0, False, False)


def test_a_vector_without_a_limit_never_ends():
    envs = RandomWalkVectorEnv(2, max_episode_steps=None)
    envs.reset(seed=0)
    ends = [envs.step(np.zeros(2, dtype=int))[2:4] for _ in range(60)]
    assert not np.any(ends)
