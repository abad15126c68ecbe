import importlib.util
import sys
from types import SimpleNamespace

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import worldmodels_envs  # noqa: F401
from worldmodels_envs.phyre.action import encode
from worldmodels_envs.phyre.attempt import Status
from worldmodels_envs.phyre.environment import PhyreEnv, PhyreVideoEnv
from worldmodels_envs.phyre.level import save_levels
from worldmodels_envs.phyre.splits import split
from worldmodels_envs.phyre.tasks import task

PUSH, BAD = encode([88, 200, 12]), encode([100, 110, 10])


@pytest.mark.parametrize("name", ["worldmodels/Phyre-v0", "worldmodels/PhyreVideo-v0"])
@pytest.mark.parametrize("mode", [None, "rgb_array"])
def test_gymnasium_checks_pass_without_warnings(name, mode):
    check_env(gymnasium.make(name, render_mode=mode, backend="own").unwrapped)


def test_gymnasium_checks_pass_with_videos():
    env = gymnasium.make("worldmodels/Phyre-v0", observation="video", size=16, backend="own")
    check_env(env.unwrapped)


@pytest.mark.parametrize("make", [PhyreEnv, PhyreVideoEnv])
def test_the_same_seed_gives_the_same_episode(make):
    def episode(env):
        seen = [env.reset(seed=3)]
        env.action_space.seed(3)
        for _ in range(5):
            seen.append(env.step(env.action_space.sample()))
            if seen[-1][2] or seen[-1][3]:
                break
        return seen

    first, second = (episode(make(tasks=["00002", "00012"], backend="own")) for _ in range(2))
    assert len(first) == len(second)
    for a, b in zip(first, second, strict=True):
        assert np.array_equal(a[0], b[0]) and a[1:-1] == b[1:-1]
        assert a[-1]["task"] == b[-1]["task"]


def test_one_valid_action_ends_the_episode_and_an_invalid_one_costs_nothing(ledge):
    env = PhyreEnv(levels=[ledge])
    first, info = env.reset(seed=0)
    assert info == {"task": "ledge"}
    observation, reward, terminated, truncated, info = env.step(BAD)
    assert (reward, terminated, truncated, info["status"]) == (0.0, False, False, Status.INVALID)
    assert "overlaps" in info["reason"] and np.array_equal(observation, first)
    observation, reward, terminated, _, info = env.step(PUSH)
    assert (reward, terminated, info["status"]) == (1.0, True, Status.SOLVED)
    assert 180 < info["steps"] < 1000 and not np.array_equal(observation, first)


def test_videos_stand_still_before_and_run_after(ledge):
    env = PhyreEnv(levels=[ledge], observation="video", size=32)
    still, _ = env.reset(seed=0)
    assert still.shape == env.observation_space.shape == (17, 32, 32, 3)
    assert (still == still[0]).all()
    video = env.step(PUSH)[0]
    assert not np.array_equal(video[0], video[3])
    assert np.array_equal(video[-1], video[-2])


def test_the_video_of_a_solution_ends_with_reward(ledge):
    env = PhyreVideoEnv(levels=[ledge], stride=20, render_mode="rgb_array")
    first, info = env.reset(options={"task": "ledge", "action": PUSH})
    assert info["poses"].shape == (len(ledge.bodies) + 1, 3)
    rewards, ended = [], False
    while not ended:
        frame, reward, terminated, truncated, info = env.step(0)
        assert np.array_equal(env.render(), frame)
        rewards.append(reward)
        ended = terminated or truncated
    assert terminated and rewards[-1] == 1.0 and sum(rewards) == 1.0
    assert not np.array_equal(first, frame)


def test_a_video_where_nothing_moves_any_more_is_truncated(ledge):
    env = PhyreVideoEnv(levels=[ledge])
    env.reset(options={"action": encode([220, 20, 6])})
    ends = [env.step(0)[2:4] for _ in range(100)]
    assert ends[-1] == (False, True) and ends[0] == (False, False)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_known_solutions_are_shown_as_often_as_asked(share):
    env = PhyreVideoEnv(tasks=["00002"], solutions=share, stride=500, size=8, backend="own")
    solved = []
    for seed in range(12):
        env.reset(seed=seed)
        solved.append(env._solved)
    assert np.mean(solved) >= 0.5 if share else np.mean(solved) <= 0.5


def test_levels_from_a_file(tmp_path, ledge, drop):
    save_levels([ledge, drop], tmp_path / "mine.json")
    env = PhyreEnv(levels=tmp_path / "mine.json")
    assert env.reset(options={"task": "drop"})[1]["task"] == "drop"
    with pytest.raises(ValueError, match="not among this environment's 2 puzzles"):
        env.reset(options={"task": "other"})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"tasks": ["00077"]}, "unknown puzzle '00077'.*near"),
        ({"tasks": []}, "names no puzzle"),
        ({"backend": "real"}, "known are auto, own, original"),
        ({"observation": "text"}, "known are scene, video"),
        ({"stride": 0}, "stride is 1 to 1000"),
        ({"render_mode": "human"}, "'human' is not one of"),
        ({"tasks": ["00001"], "levels": []}, "tasks or levels, not both"),
        ({"levels": [{"bodies": []}]}, "levels are scenes.*got {'bodies'"),
        ({"levels": 3}, "levels are scenes.*got 3"),
    ],
)
def test_bad_settings_say_what_is_allowed(arguments, message):
    with pytest.raises(ValueError, match=message):
        PhyreEnv(**{"backend": "own", **arguments})


def test_an_invalid_ball_for_a_video_is_refused(ledge):
    with pytest.raises(ValueError, match="invalid on ledge: its ball overlaps a body"):
        PhyreVideoEnv(levels=[ledge]).reset(options={"action": BAD})


def test_videos_of_different_puzzles_fit_into_one_vector():
    env = gymnasium.make_vec("worldmodels/PhyreVideo-v0", 2, size=16, backend="own", tasks=["00000:000", "00013:000"])
    for name in ("00000:000", "00013:000"):
        _, info = env.reset(seed=0, options={"task": name})
        assert (info["bodies"] == len(task(name).bodies) + 1).all()
        assert info["poses"][:, len(task(name).bodies)].any() and not info["poses"][:, info["bodies"][0] :].any()
    env.reset(seed=1)
    env.close()


@pytest.mark.parametrize("make", [PhyreEnv, PhyreVideoEnv])
def test_stepping_needs_a_reset(make, ledge):
    with pytest.raises(gymnasium.error.ResetNeeded):
        make(levels=[ledge]).step(make(levels=[ledge]).action_space.sample())


class OriginalStatus:
    def __init__(self, code):
        self.code = code

    def is_invalid(self):
        return self.code == 0

    def is_solved(self):
        return self.code == 1


class OriginalSimulator:
    """Speaks as the original's simulator: id images with row 0 at the bottom; a ball on the left is invalid."""

    def __init__(self, ids):
        self.initial_scenes = np.zeros((len(ids), 256, 256), np.uint8)
        self.initial_scenes[:, :5] = 4

    def simulate_action(self, index, action, need_images, stride):
        code = 0 if action[0] < 0.5 else 1 if action[1] > 0.5 else -1
        images = np.repeat(self.initial_scenes[[index]], 3, axis=0) if need_images and code else None
        return SimpleNamespace(status=OriginalStatus(code), images=images)


@pytest.fixture
def original(monkeypatch):
    ids = (("00000:000",), ("00001:000",), ("00001:001",))
    module = SimpleNamespace(
        get_fold=lambda setup, fold: ids, initialize_simulator=lambda tasks, tier: OriginalSimulator(tasks)
    )
    monkeypatch.setitem(sys.modules, "phyre", module)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())


def test_the_original_package_is_used_where_it_is_installed(original):
    env = PhyreEnv()
    observation, _ = env.reset(options={"task": "00001:001"})
    assert env.backend.ids == ("00000:000", "00001:000", "00001:001")
    assert observation[-1, 0].tolist() == [0x4B, 0x4A, 0xA4] and observation[0, 0].tolist() == [255] * 3
    assert env.step(np.array([0.1, 0.9, 0.5]))[4]["status"] == Status.INVALID
    assert env.step(np.array([0.9, 0.9, 0.5]))[1:3] == (1.0, True)
    assert env.reset(seed=0)[1]["task"] in env.backend.ids
    assert env.step(np.array([0.9, 0.1, 0.5]))[1:3] == (0.0, True)


def test_videos_of_the_original_package(original, ledge):
    env = PhyreVideoEnv(tasks=["00001"], size=16)
    observation, info = env.reset(seed=1)
    assert observation.shape == (16, 16, 3) and info["poses"] is None
    assert env.step(0)[2:4] == (False, False)
    assert True in env.step(0)[2:4]
    assert PhyreEnv(levels=[ledge]).reset()[1]["task"] == "ledge"


def test_a_part_of_a_fold_leaves_its_puzzles():
    env = PhyreVideoEnv(tasks=["00002"], part="within/0/train", backend="own")
    assert tuple(env.backend.ids) == tuple(id for id in split("within", 0).train if id.startswith("00002"))


def test_levels_are_in_no_part(ledge):
    with pytest.raises(ValueError, match="leave part or levels out"):
        PhyreEnv(levels=[ledge], part="within/0/train")
