import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

import worldmodels_envs  # noqa: F401

REACH = "worldmodels/RandomWalkReach-v0"
MODES = ["NextStep", "SameStep", "Disabled"]


def vector(mode="NextStep", num_envs=4, limit=3, **options):
    return gymnasium.make_vec(REACH, num_envs=num_envs, autoreset_mode=mode, max_episode_steps=limit, **options)


def noop(envs):
    return np.zeros(envs.num_envs, dtype=np.int64)


def play_until_done(envs):
    for _ in range(3):
        step = envs.step(noop(envs))
    return step


@pytest.mark.parametrize("make", [vector, lambda: gymnasium.make(REACH)], ids=["vector", "single"])
def test_options_that_are_no_mapping_are_refused(make):
    with pytest.raises(ValueError, match=r"options are a mapping.*got 7"):
        make().reset(options=7)


@pytest.mark.parametrize("mode", MODES)
def test_make_vec_gives_the_native_environment(mode):
    envs = vector(mode)
    assert type(envs).__name__ == "RandomWalkReachVectorEnv"
    assert envs.metadata["autoreset_mode"] is AutoresetMode(mode)
    frames, _ = envs.reset(seed=0)
    assert frames in envs.observation_space
    frames, rewards, terminated, truncated, _ = envs.step(envs.action_space.sample())
    assert frames in envs.observation_space
    assert [array.shape for array in (rewards, terminated, truncated)] == [(4,)] * 3


def test_a_vector_of_one_walks_as_the_single_environment():
    envs, env = vector(num_envs=1, limit=50), gymnasium.make(REACH)
    (frames, infos), (frame, info) = envs.reset(seed=3), env.reset(seed=3)
    for action in [0, 2, 1, 3, 3, 0, 2, 2]:
        assert (frames[0] == frame).all()
        assert all(np.array_equal(infos[name][0], value) for name, value in info.items())
        frames, rewards, terminated, _, infos = envs.step(np.array([action]))
        frame, reward, ended, _, info = env.step(action)
        assert (rewards[0], terminated[0]) == (reward, ended)
        if ended:
            break


@pytest.mark.parametrize("mode", ["NextStep", "SameStep"])
def test_infos_have_the_structure_of_gymnasiums_own_vector(mode):
    ours = vector(mode)
    options = {
        "vectorization_mode": "sync",
        "vector_kwargs": {"autoreset_mode": mode},
        "max_episode_steps": 3,
    }
    theirs = gymnasium.make_vec(REACH, num_envs=4, **options)
    assert structure(ours.reset(seed=0)[1]) == structure(theirs.reset(seed=0)[1])
    for _ in range(3):
        own, other = ours.step(noop(ours))[-1], theirs.step(noop(theirs))[-1]
    assert structure(own) == structure(other)


def structure(info):
    return {
        name: structure(value) if isinstance(value, dict) else (value.shape, value.dtype.kind)
        for name, value in info.items()
    }


def test_next_step_restarts_at_the_following_step():
    envs = vector("NextStep")
    envs.reset(seed=0)
    _, _, terminated, truncated, info = play_until_done(envs)
    assert (truncated | terminated).all() and "final_obs" not in info
    _, rewards, terminated, truncated, info = envs.step(noop(envs))
    assert not (rewards.any() or terminated.any() or truncated.any())
    assert (info["rules"] == -1).all()


def test_same_step_restarts_at_once_and_keeps_the_last_frame():
    envs, twin = vector("SameStep"), vector("Disabled")
    envs.reset(seed=0), twin.reset(seed=0)
    frames, _, _, truncated, info = play_until_done(envs)
    last_frames, *_, last = play_until_done(twin)
    assert truncated.all() and (info["rules"] == -1).all()
    assert (np.stack(info["final_obs"]) == last_frames).all()
    assert (info["final_info"]["positions"] == last["positions"]).all()
    assert (frames != last_frames).any(axis=(1, 2, 3)).all()
    assert not envs.step(noop(envs))[3].any()


def test_disabled_wants_a_masked_reset_that_leaves_the_others_alone():
    envs = vector("Disabled")
    envs.reset(seed=0)
    envs.step(noop(envs))
    envs.reset(options={"reset_mask": np.array([False, True, True, False])})
    frames, _, _, truncated, info = [envs.step(noop(envs)) for _ in range(2)][-1]
    assert truncated.tolist() == [True, False, False, True]
    with pytest.raises(gymnasium.error.ResetNeeded, match=r"\[0, 3\]"):
        envs.step(noop(envs))
    after, infos = envs.reset(options={"reset_mask": truncated})
    assert (after[1:3] == frames[1:3]).all() and (infos["positions"][1:3] == info["positions"][1:3]).all()
    assert infos["_positions"].tolist() == truncated.tolist()
    assert not envs.step(noop(envs))[3][[0, 3]].any()


def test_the_seed_decides_everything():
    runs = []
    for _ in range(2):
        envs = vector()
        envs.reset(seed=11)
        runs.append(np.stack([envs.step(noop(envs))[0] for _ in range(8)]))
    assert (runs[0] == runs[1]).all()
    assert (envs.reset(seed=12)[0] != envs.reset(seed=11)[0]).any()


@pytest.mark.parametrize("actions", [np.zeros(3, int), np.zeros(4), np.array([0, 1, 2, 4]), np.array([-1, 0, 0, 0])])
def test_wrong_actions_are_refused(actions):
    envs = vector()
    with pytest.raises(gymnasium.error.ResetNeeded):
        envs.step(noop(envs))
    envs.reset(seed=0)
    with pytest.raises(gymnasium.error.InvalidAction):
        envs.step(actions)


@pytest.mark.parametrize("mask", [[True] * 4, np.zeros(4, bool), np.ones(3, bool), np.ones(4)])
def test_wrong_reset_masks_are_refused(mask):
    envs = vector()
    envs.reset(seed=0)
    with pytest.raises(ValueError, match="reset_mask"):
        envs.reset(options={"reset_mask": mask})


def test_render_gives_each_frame_enlarged():
    envs = vector(render_mode="rgb_array", render_scale=2)
    assert envs.render() is None
    frames, _ = envs.reset(seed=0)
    pictures = envs.render()
    assert len(pictures) == 4 and (pictures[2][::2, 1::2] == frames[2]).all()
