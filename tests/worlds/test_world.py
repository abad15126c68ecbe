import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from tests.worlds.conftest import Clock
from worldmodels.errors import InputError, UnknownNameError
from worldmodels.worlds import World


def play(env, steps):
    """The frames, rewards and ends of so many steps of action 2, from a reset."""
    frames, told = [env.reset(seed=0)[0]], []
    for _ in range(steps):
        frame, *rest = env.step(2)
        frames.append(frame)
        told.append(rest)
    return np.stack(frames), told


def test_the_environments_own_frames_stay_as_they_are(clock):
    env = World(clock, size=None).make()
    frames, _ = play(env, 2)
    assert env.observation_space.shape == (6, 8, 3) and frames.dtype == np.uint8
    assert frames[:, 1, 1].tolist() == [[0] * 3, [1] * 3, [2] * 3]


def test_rendered_frames_are_resized(clock):
    env = World(clock, frame="render", size=(6, 5)).make()
    frames, _ = play(env, 2)
    assert env.observation_space.contains(frames[2]) and frames.shape[1:] == (6, 5, 3)
    assert frames[:, 3, 2, 0].tolist() == [0, 10, 20]


def test_crop_grey_and_stack_in_this_order(clock):
    env = World(clock, size=(2, 2), crop=(1, 2, 4, 4), grey=True, stack=3).make()
    frames, _ = play(env, 3)
    assert env.observation_space.shape == (2, 2, 3) and env.observation_space.contains(frames[-1])
    assert not (frames[0] > 0).any() and frames[1, 0, 0, :2].tolist() == [0, 0]
    assert frames[-1, 0, 0].tolist() == pytest.approx([1, 2, 3], abs=1)  # Gymnasium's grey rounds down
    assert frames[-1, 0, 0, 0] < frames[-1, 0, 0, 1] < frames[-1, 0, 0, 2]


def test_two_dimensional_images_get_a_channel(clock):
    assert World(clock, {"shape": [6, 8]}, size=(4, 4)).make().reset()[0].shape == (4, 4, 1)


def test_an_action_is_repeated_and_its_rewards_are_added(clock):
    world = World(clock, {"length": 5}, size=None, repeat=2)
    frames, told = play(world.make(), 3)
    assert frames[:, 1, 1, 0].tolist() == [0, 2, 4, 5]
    assert [step[0] for step in told] == [2.0, 2.0, 1.0] and told[2][1]
    assert world.spec().fps == 10.0 and World(clock).spec().fps == 20.0


@pytest.mark.parametrize("repeat", [1, 2])
def test_episodes_are_cut_in_steps_of_the_agent(clock, repeat):
    _, told = play(World(clock, {"length": 40}, size=None, repeat=repeat, max_steps=3).make(), 3)
    assert [step[2] for step in told] == [False, False, True] and not any(step[1] for step in told)


@pytest.mark.parametrize(
    ("success", "length", "won"),
    [("return >= 3", 3, True), ("return >= 3", 2, False), ("terminated", 2, True), ("info:time > 4", 3, False)],
)
def test_success_is_told_at_the_end_by_one_and_by_many(clock, success, length, won):
    world = World(clock, {"length": length}, size=None, success=success)
    _, told = play(world.make(), length)
    assert ["is_success" in step[3] for step in told] == [False] * (length - 1) + [True]
    assert told[-1][3]["is_success"] is won
    env = world.make_vec(2)
    env.reset(seed=0)
    infos = [env.step(np.array([0, 1]))[4] for _ in range(length)]
    assert infos[-1]["final_info"]["is_success"].tolist() == [won, won]


def test_an_environments_own_success_is_left_alone(clock):
    _, told = play(World(clock, {"won": True, "length": 1}, size=None).make(), 1)
    assert told[0][3]["is_success"] is True


def test_many_begin_anew_in_the_same_step_though_their_infos_differ_in_shape(clock):
    env = World(clock, {"length": 2}, size=None).make_vec(3)
    env.reset(seed=0)
    env.envs[1].unwrapped.length = 3
    env.step(np.zeros(3, int))
    frames, _, terminated, _, infos = env.step(np.zeros(3, int))
    assert env.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
    assert terminated.tolist() == [True, False, True] and frames[:, 1, 1, 0].tolist() == [0, 2, 0]
    assert infos["final_obs"][0][1, 1, 0] == 2 and len(infos["trail"][1]) == 2
    env.step(np.zeros(3, int))


class Many(SyncVectorEnv):
    """A native form."""

    def __init__(self, num_envs=1, max_episode_steps=None, autoreset_mode="NextStep", **kwargs):
        self.limit = max_episode_steps
        super().__init__([lambda: Clock(**kwargs)] * num_envs, autoreset_mode=autoreset_mode)


@pytest.fixture
def native(clock):
    gymnasium.registry[clock].vector_entry_point = Many
    return clock


@pytest.mark.parametrize(
    ("settings", "is_native"),
    [
        ({"size": None}, True),
        ({"size": (6, 8)}, True),
        ({"size": None, "max_steps": 7, "success": "terminated"}, True),
        ({"size": (4, 4)}, False),
        ({"size": None, "frame": "render"}, False),
        ({"size": None, "grey": True}, False),
        ({"size": None, "repeat": 2}, False),
        ({"size": None, "crop": (0, 0, 2, 2)}, False),
    ],
    ids=str,
)
def test_the_native_form_is_taken_where_it_gives_these_frames(native, settings, is_native):
    env = World(native, **settings).make_vec(2)
    assert isinstance(env.unwrapped, Many) is is_native
    assert env.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
    assert env.reset(seed=0)[0].shape == (2, *World(native, **settings).make().observation_space.shape)
    assert not is_native or env.unwrapped.limit == settings.get("max_steps", 50)


def test_cartpole_has_a_native_form_that_cannot_begin_anew_in_the_same_step():
    env = World("CartPole-v1", frame="render", size=(16, 16)).make_vec(2)
    assert env.reset(seed=0)[0].shape == (2, 16, 16, 3)
    with pytest.raises(InputError, match=r"not a uint8 image .* frame='render' takes"):
        World("CartPole-v1").make_vec(2)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"id": "tests/Clok-v0"}, UnknownNameError, "Did you mean 'tests/Clock-v0'"),
        ({"id": "nowhere:Clock-v0"}, InputError, "nowhere cannot be imported .*No module named 'nowhere'"),
        ({"kwargs": {"lenght": 3}}, InputError, "refuses {'lenght': 3}: .*unexpected keyword argument 'lenght'"),
        (
            {"kwargs": {"dtype": "float32"}},
            InputError,
            "is Box.*not a uint8 image.*frame='render' takes what it renders",
        ),
        ({"kwargs": {"shape": [6, 8, 4]}}, InputError, "not a uint8 image"),
        ({"crop": (4, 4, 4, 4)}, InputError, r"crop=\[4, 4, 4, 4\].* beyond frames of 6 x 8"),
        ({"stack": 2}, InputError, "stack=2 gives 6 channels"),
    ],
    ids=str,
)
def test_what_cannot_be_made_is_one_line(clock, settings, error, message):
    world = World(**{"id": clock, "size": None, **settings})
    for make in (world.make, lambda: world.make_vec(2)):
        with pytest.raises(error, match=message) as caught:
            make()
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("rendered", "kind"), [(None, "a NoneType"), (np.zeros((4, 4, 3)), "float64")], ids=str)
def test_an_environment_that_renders_something_else(clock, monkeypatch, rendered, kind):
    monkeypatch.setattr(Clock, "render", lambda self: rendered)
    gymnasium.registry[clock].disable_env_checker = True
    with pytest.raises(InputError, match=f"renders {kind}, not a uint8 image"):
        World(clock, frame="render").make()


def test_images_with_other_bounds_are_resized_too(clock, monkeypatch):
    made = Clock.__init__

    def bounded(self, **options):
        made(self, **options)
        self.observation_space = gymnasium.spaces.Box(0, 10, (6, 8, 3), np.uint8)

    monkeypatch.setattr(Clock, "__init__", bounded)
    assert World(clock, size=(3, 4)).make().reset()[0].shape == (3, 4, 3)


def test_an_environment_that_renders_no_images():
    class Blind(Clock):
        metadata = {"render_modes": ["human"]}

    gymnasium.register("tests/Blind-v0", Blind)
    try:
        with pytest.raises(InputError, match=r"renders \['human'\]; frame='render' needs 'rgb_array'"):
            World("tests/Blind-v0", frame="render").make()
    finally:
        del gymnasium.registry["tests/Blind-v0"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 64}, "World.size = 64 is not"),
        ({"size": (0, 64)}, "size=.*within 1 to"),
        ({"size": (64, 2**20)}, "size=.*within 1 to"),
        ({"frame": "rendered"}, "World.frame"),
        ({"repeat": 0}, "repeat=0"),
        ({"crop": (-1, 0, 2, 2)}, "crop="),
        ({"max_steps": 0}, "max_steps=0"),
        ({"success": "return"}, "success='return'"),
        ({"kwargs": {"render_mode": "human"}}, "the recipe's frame says it"),
        ({"kwargs": {"max_episode_steps": 3}}, "the recipe's max_steps says it"),
        ({"kwargs": {"wrappers": []}}, "wrappers is no argument"),
        ({"kwargs": {"policy": print}}, "not plain data"),
        ({"kwargs": {"x": float("nan")}}, "not plain data"),
    ],
    ids=str,
)
def test_a_recipe_is_checked_when_it_is_written(settings, message):
    with pytest.raises(InputError, match=message):
        World("CartPole-v1", **settings)


def test_a_recipe_comes_back_from_json_without_the_package():
    world = World("package:Env-v0", {"a": (1, {"b": None})}, size=[3, 4], crop=(0, 0, 5, 5), success="terminated")
    assert world.size == (3, 4) and world.kwargs == {"a": [1, {"b": None}]}
    again = World.from_json(world.to_json())
    assert again.id == "Env-v0" and {**again.to_json(), "id": ""} == {**world.to_json(), "id": ""}


@pytest.mark.parametrize(
    "description",
    [
        None,
        [],
        {},
        {"id": 3},
        {"id": "os:path"},
        {"id": "a", "size": "big"},
        {"id": "a", "colour": 1},
        {"id": "a", "kwargs": 3},
    ],
    ids=str,
)
def test_a_damaged_recipe_is_refused(description):
    with pytest.raises((InputError, UnknownNameError)):
        World.from_json(description)


def test_a_learned_world_is_not_downloaded():
    with pytest.raises(InputError, match="pull it first"):
        World("worldmodels/Imagined-v0", {"checkpoint": "somebody/model"}).make()


def test_unknown_recipes_suggest_near_ones():
    with pytest.raises(UnknownNameError, match="Did you mean 'cartpole'"):
        World.named("cartpol")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {}),
        ({"length": 7}, {"kwargs": {"length": 7}}),
        ({"max_episode_steps": 9}, {"max_steps": 9}),
        ({"render_mode": "rgb_array"}, {}),
    ],
    ids=str,
)
def test_the_recipe_of_an_environment_that_was_made(clock, options, expected):
    assert World.of(gymnasium.make(clock, **options), size=None) == World(clock, **{"size": None, **expected})


def test_environments_that_no_recipe_makes(clock):
    wrapped = gymnasium.wrappers.ResizeObservation(gymnasium.make(clock), (4, 4))
    endless = gymnasium.make(clock, max_episode_steps=-1)
    with_object = gymnasium.make(clock, won=np.float32(1))
    for env in (Clock(), wrapped, endless, with_object):
        assert World.of(env) is None


def test_an_unknown_id_says_which_package_brings_its_family(monkeypatch):
    recipe = {"id": "no_such_package:Nowhere-Empty-v0"}
    monkeypatch.setattr("worldmodels.worlds.ids.recipes", lambda group: {"nowhere": recipe})
    with pytest.raises(UnknownNameError, match=r"'Nowhere-Maze-v3'.*pip install no-such-package"):
        World("Nowhere-Maze-v3").make()
    with pytest.raises(UnknownNameError, match="'package:id' imports a package first"):
        World("Elsewhere-v0").make()


def test_a_package_of_another_family_is_not_imported(monkeypatch, tmp_path):
    (tmp_path / "screenless.py").write_text("raise RuntimeError('no display')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("worldmodels.worlds.ids.recipes", lambda group: {"it": {"id": "screenless:Cave-Small-v0"}})
    with pytest.raises(UnknownNameError, match="'Elsewhere-v0'"):
        World("Elsewhere-v0").make()
    with pytest.raises(InputError, match=r"screenless cannot be imported \(RuntimeError: no display\)"):
        World("Cave-Large-v0").make()
