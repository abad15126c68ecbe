import copy

import gymnasium
import numpy as np
import pytest

pytest.importorskip("pybullet")

from gymnasium.utils.env_checker import check_env

from worldmodels_envs.cater import CaterConfig, write_cater
from worldmodels_envs.cater.arena import LENGTH, Arena
from worldmodels_envs.cater.labels import cell_centres
from worldmodels_envs.cater.motion import CONTAIN, PICK_PLACE, ROTATE, SLIDE
from worldmodels_envs.cater.play_env import CaterPlayEnv
from worldmodels_envs.cater.scene import sample_scene
from worldmodels_envs.cater.snitch_env import WATCH, CaterSnitchEnv

TINY = {"size": 24, "supersample": 1}


@pytest.fixture
def snitch():
    with CaterSnitchEnv(frames=61, stride=20, masks=True, render_mode="rgb_array", **TINY) as env:
        yield env


@pytest.fixture
def play():
    with CaterPlayEnv(render_mode="rgb_array", **TINY) as env:
        yield env


def test_snitch_passes_the_checker():
    env = gymnasium.make("worldmodels/CaterSnitch-v0", frames=61, stride=20, render_mode="rgb_array", **TINY)
    check_env(env.unwrapped)


@pytest.mark.parametrize("motion_frames", [1, 3])
def test_play_passes_the_checker(motion_frames):
    env = gymnasium.make("worldmodels/CaterPlay-v0", motion_frames=motion_frames, render_mode="rgb_array", **TINY)
    check_env(env.unwrapped)


def test_play_is_truncated_after_fifty_steps():
    env = gymnasium.make("worldmodels/CaterPlay-v0", **TINY)
    env.reset(seed=0)
    ends = [env.step(np.array([0, 3, 0, 0]))[2:4] for _ in range(50)]
    assert ends[-1] == (False, True) and not any(any(end) for end in ends[:-1])
    env.close()


def test_watching_to_the_end(snitch):
    _, info = snitch.reset(seed=0)
    frames = [info["frame"]]
    for _ in range(3):
        _, reward, terminated, truncated, info = snitch.step(WATCH)
        frames.append(info["frame"])
        assert (reward, terminated, truncated) == (0.0, False, False)
    assert frames == [0, 20, 40, 60] and info["cell"] == info["label"]
    assert snitch.step(WATCH)[1:3] == (0.0, True)
    with pytest.raises(gymnasium.error.ResetNeeded):
        snitch.step(WATCH)


@pytest.mark.parametrize(("watched", "expected"), [(0, 1.0), (1, 1 - 0.5 / 3), (3, 0.5)])
def test_earlier_is_better(snitch, watched, expected):
    _, info = snitch.reset(seed=1)
    for _ in range(watched):
        snitch.step(WATCH)
    assert snitch.step(info["label"])[1:3] == (pytest.approx(expected), True)


def test_a_wrong_guess_earns_nothing(snitch):
    _, info = snitch.reset(seed=1)
    assert snitch.step((info["label"] + 1) % 36)[1:3] == (0.0, True)


def test_guesses_outside_are_refused(snitch):
    snitch.reset(seed=0)
    with pytest.raises(gymnasium.error.InvalidAction, match="36 watches on"):
        snitch.step(37)


def test_the_same_seed_plays_the_same_video(snitch):
    first, info = snitch.reset(seed=5)
    snitch.step(WATCH)
    again, info_again = snitch.reset(seed=5)
    assert (first == again).all() and info["label"] == info_again["label"]
    assert (snitch.reset()[0] != first).any()


def test_snitch_plays_a_folder(tmp_path):
    write_cater(tmp_path, 3, CaterConfig(frames=41, **TINY))
    made = gymnasium.make("worldmodels/CaterSnitch-v0", folder=tmp_path, stride=20, render_mode="rgb_array", **TINY)
    with made.unwrapped as env:
        check_env(env)
        _, info = env.reset(seed=0, options={"index": 1})
        assert info["label"] == int(env.videos[1]["label"]) and "visibility" not in info
        env.step(WATCH)
        info = env.step(WATCH)[-1]
        assert info["cell"] == info["label"]


def lone(arena, shape):
    return next(index for index, thing in enumerate(arena.things) if thing.shape == shape)


@pytest.fixture
def arena():
    """A scene with a cube in which the large cone can be put over the snitch."""
    for seed in range(99):
        arena = Arena(sample_scene(np.random.default_rng(seed), CaterConfig()))
        if "cube" in {thing.shape for thing in arena.things} and contained(copy.deepcopy(arena)) is not None:
            return arena
    raise AssertionError("no such scene in 99")


def contained(arena):
    return arena.order(CONTAIN, 2, np.zeros(2), 0)


def first_free(arena, kind, thing):
    courses = (arena.order(kind, thing, cell, 0) for cell in cell_centres())
    return next(course for course in courses if course is not None)


def test_contain_hides_and_pick_and_place_frees(arena):
    places, _ = contained(arena)
    assert arena.inside[0] == 2
    assert places.shape == (LENGTH, len(arena.things), 3)
    np.testing.assert_allclose(places[-1, 2, :2], places[-1, 0, :2])
    assert arena.order(SLIDE, 0, np.zeros(2), 0) is None  # what is inside cannot act
    assert arena.order(CONTAIN, 2, np.zeros(2), 1) is None  # a cone that is full cannot take more
    first_free(arena, PICK_PLACE, 2)
    assert arena.inside[0] == -1 and np.linalg.norm(arena.places[2, :2] - arena.places[0, :2]) > 0.75


def test_a_stack_slides_together(arena):
    contained(arena)
    places, _ = first_free(arena, SLIDE, 2)
    np.testing.assert_allclose(places[:, 2, :2], places[:, 0, :2])
    assert arena.inside[0] == 2


def test_impossible_orders(arena):
    before = arena.places.copy()
    assert arena.order(CONTAIN, 0, np.zeros(2), 2) is None  # a snitch contains nothing
    assert arena.order(CONTAIN, 2, np.zeros(2), 2) is None
    assert arena.order(ROTATE, 1, np.zeros(2), 0) is None  # a cone does not rotate
    assert arena.order(SLIDE, 9, np.zeros(2), 0) is None or len(arena.things) == 10
    assert arena.order(PICK_PLACE, 1, arena.places[2, :2], 0) is None  # no room there
    assert (arena.places == before).all()


def test_rotation(arena):
    cube = lone(arena, "cube")
    places, turns = arena.order(ROTATE, cube, np.zeros(2), 0)
    assert turns[-1, cube] == pytest.approx(np.pi / 2) and (places == places[0]).all()


def test_bringing_the_snitch_home(play):
    for seed in range(20):
        _, info = play.reset(seed=seed)
        assert info["goal"] != info["cell"]
        _, reward, terminated, _, info = play.step(np.array([0, 1, info["goal"], 0]))
        assert (reward, terminated) == ((1.0, True) if info["carried_out"] else (0.0, False))
        if terminated:
            return
    raise AssertionError("in none of 20 scenes was the goal free")


def test_impossible_actions_change_nothing(play):
    frame, info = play.reset(seed=0)
    again, reward, _, _, after = play.step(np.array([0, 3, 0, 1]))
    assert not after["carried_out"] and reward == 0 and (frame == again).all()
    np.testing.assert_array_equal(info["positions"], after["positions"])


def test_actions_that_take_several_steps():
    with CaterPlayEnv(motion_frames=4, **TINY) as env:
        env.reset(seed=0, options={"goal": 0})
        turn, other = np.array([0, 2, 0, 0]), np.array([0, 2, 5, 0])
        infos = [env.step(action)[-1] for action in (turn, other, other, other)]
        assert [info["busy"] for info in infos] == [True, True, True, False]


def test_goal_is_drawn(play):
    frame, info = play.reset(seed=4, options={"goal": 3})
    other, _ = play.reset(seed=4, options={"goal": 32})
    assert info["goal"] == 3 and (frame != other).any()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CaterSnitchEnv(delay_cost=2), "delay_cost"),
        (lambda: CaterSnitchEnv(render_mode="human"), "render_mode"),
        (lambda: CaterSnitchEnv(sise=3), "did you mean 'size'"),
        (lambda: CaterSnitchEnv(size=3), "size is 3, must be"),
        (lambda: CaterSnitchEnv(size=(16, 7)), "must be .height, width. of at least 8"),
        (lambda: CaterPlayEnv(motion_frames=0), "motion_frames"),
        (lambda: CaterPlayEnv("all_actions_cameramotion"), "still camera"),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(("size", "shape"), [(16, (16, 16, 3)), ((16, 24), (16, 24, 3)), ([24, 16], (24, 16, 3))])
def test_frames_have_the_size_that_was_asked_for(size, shape):
    env = CaterPlayEnv(size=size, supersample=1)
    assert env.observation_space.shape == env.reset(seed=0)[0].shape == shape


@pytest.mark.parametrize("name", ["CaterSnitch", "CaterPlay"])
def test_scenes_of_different_numbers_of_objects_fit_into_one_vector(name):
    env = gymnasium.make_vec(f"worldmodels/{name}-v0", 3, vectorization_mode="sync", vector_kwargs={}, **TINY)
    seen = set()
    for seed in range(3):
        info = env.reset(seed=seed)[1]
        seen |= set(info["objects"].tolist())
        for objects, positions, inside in zip(info["objects"], info["positions"], info["inside"], strict=True):
            assert positions[:objects].any(1).all() and not positions[objects:].any() and (inside[objects:] == -1).all()
    assert len(seen) > 1
    env.close()


@pytest.mark.parametrize("action", [None, "1", {}, [0.5, 0, 0, 0], [0], float("nan"), 10**30])
@pytest.mark.parametrize("cls", [CaterSnitchEnv, CaterPlayEnv])
def test_actions_that_are_none(cls, action):
    with cls(**TINY) as env:
        env.reset(seed=0)
        with pytest.raises(gymnasium.error.InvalidAction):
            env.step(action)


def test_a_goal_that_is_no_cell():
    with CaterPlayEnv(**TINY) as env, pytest.raises(ValueError, match="goal is 99"):
        env.reset(options={"goal": 99})


@pytest.mark.parametrize("options", [{"stride": None}, {"stride": 0}, {"stride": 1.5}, {"delay_cost": "x"}])
def test_settings_of_another_type(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        CaterSnitchEnv(**TINY, **options)
