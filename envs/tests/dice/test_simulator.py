import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from worldmodels_envs.dice import DiceSimulator, generate

NAME = "worldmodels/Dice-v0"


@pytest.mark.parametrize("mode", [None, "rgb_array"])
def test_gymnasium_checks_pass_without_warnings(mode):
    check_env(gymnasium.make(NAME, render_mode=mode).unwrapped)


@pytest.mark.parametrize("name", ["room", "plain"])
def test_a_scene_stays_while_cameras_move(name):
    data = generate(name, videos=6, length=5)
    assert data["frames"].shape == (6, 5, 32, 32, 3)
    for key in ("pictures", "labels"):
        assert (data[key] == data[key][:, :1]).all() and len(np.unique(data[key][:, 0], axis=0)) == 6
    assert len(np.unique(data["camera"].reshape(-1, 7), axis=0)) == 30
    # One to three faces are seen, the lower one never.
    seen = (data["faces"] > 0).sum(-1)
    assert 1 <= seen.min() and seen.max() <= 3 and not data["faces"][..., 5].any()


def test_digits_are_those_asked_for():
    assert generate("plain", videos=30, length=1, digits=3)["pictures"].max() == 2
    assert set(generate("plain", videos=50, length=1)["labels"].ravel()) == set(range(10))


def test_the_same_scene_and_camera_give_the_same_frame():
    simulator = DiceSimulator.make(2, "room")
    simulator.reset(np.random.default_rng(0))
    frames, _ = simulator.look()
    for part in simulator.room:
        part[1] = part[0]
    simulator.cameras[1] = simulator.cameras[0]
    again, _ = simulator.look()
    assert (again[0] == again[1]).all() and (again[0] == frames[0]).all() and (frames[0] != frames[1]).any()


def test_a_vector_of_one_shows_what_the_single_environment_shows():
    envs, env = gymnasium.make_vec(NAME, num_envs=1), gymnasium.make(NAME)
    (frames, infos), (frame, info) = envs.reset(seed=3), env.reset(seed=3)
    for _ in range(4):
        assert (frames[0] == frame).all() and (infos["camera"][0] == info["camera"]).all()
        frames, _, _, _, infos = envs.step(np.zeros(1, dtype=int))
        frame, _, _, _, info = env.step(0)
