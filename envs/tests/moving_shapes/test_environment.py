import copy

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import worldmodels_envs  # noqa: F401
from worldmodels_envs.moving_shapes import VARIANTS, MovingShapesEnv, MovingShapesVectorEnv

NAME = "worldmodels/MovingShapes-v0"


@pytest.mark.parametrize("mode", [None, "rgb_array"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_gymnasium_checks_pass_without_warnings(mode, variant):
    check_env(gymnasium.make(NAME, config=variant, render_mode=mode).unwrapped)


def test_frames_and_ground_truth_have_their_shapes():
    frame, info = MovingShapesEnv(size=40).reset(seed=0)
    assert frame.shape == (40, 40, 3) and frame.dtype == np.uint8
    assert info["positions"].tolist() == [[20, 20]] and info["direction"] == -1
    assert info["outcomes"].shape == (8, 2) and info["probabilities"].tolist() == [0.125] * 8


@pytest.mark.parametrize("size", [32, 64])
def test_what_info_foretells_comes_to_pass(size):
    env = gymnasium.make(NAME, size=size)
    _, info = env.reset(seed=0)
    for _ in range(19):
        expected = info["outcomes"][info["probabilities"] > 0]
        frame, _, _, truncated, info = env.step(0)
        assert info["positions"][0].tolist() in expected.tolist()
        ys, xs = np.nonzero((frame != 128).any(-1))
        assert abs([(xs.min() + xs.max()) / 2, (ys.min() + ys.max()) / 2] - info["positions"][0]).max() <= 1
    assert truncated


def test_all_directions_are_equally_frequent():
    envs = MovingShapesVectorEnv(4000)
    envs.reset(seed=0)
    counts = np.bincount(envs.step(np.zeros(4000, dtype=int))[-1]["direction"], minlength=8)
    # 500 each on average, standard deviation 21.
    assert len(counts) == 8 and abs(counts - 500).max() < 100


def test_one_colour_on_grey_of_every_kind():
    frames, _ = MovingShapesVectorEnv(300).reset(seed=0)
    looks = {(frame[32, 32].tobytes(), int((frame != 128).any(-1).sum())) for frame in frames}
    assert {len(np.unique(frame.reshape(-1, 3), axis=0)) for frame in frames} == {2}
    assert len({colour for colour, _ in looks}) == 6 and len({area for _, area in looks}) > 12


def test_a_vector_of_one_moves_as_the_single_environment():
    envs, env = gymnasium.make_vec(NAME, num_envs=1), gymnasium.make(NAME)
    assert isinstance(envs, MovingShapesVectorEnv)
    (frames, infos), (frame, info) = envs.reset(seed=3), env.reset(seed=3)
    for _ in range(12):
        assert (frames[0] == frame).all()
        assert all(np.array_equal(infos[name][0], value) for name, value in info.items())
        frames, _, _, _, infos = envs.step(np.zeros(1, dtype=int))
        frame, _, _, _, info = env.step(0)


def test_a_masked_reset_leaves_the_others_alone():
    envs = gymnasium.make_vec(NAME, num_envs=3)
    envs.reset(seed=0)
    frames, *_ = envs.step(np.zeros(3, dtype=int))
    after, infos = envs.reset(options={"reset_mask": np.array([True, False, True])})
    assert (after != frames).any(axis=(1, 2, 3)).tolist() == [True, False, True]
    assert (infos["direction"] == -1).tolist() == [True, False, True]


def test_a_copy_goes_on_as_the_original():
    env = MovingShapesEnv()
    env.reset(seed=0)
    twin = copy.deepcopy(env)
    assert all((env.step(0)[0] == twin.step(0)[0]).all() for _ in range(20))
