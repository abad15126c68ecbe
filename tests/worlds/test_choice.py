from dataclasses import dataclass

import pytest

from worldmodels.cli.options import read, usage
from worldmodels.errors import CheckpointError, InputError, UnknownNameError
from worldmodels.worlds import World
from worldmodels.worlds.choice import WorldOptions, world_of

OWN = World("Clock-v0", {"length": 9, "shape": [4, 4, 3]}, frame="render", size=(8, 8), success="terminated")


@dataclass(frozen=True, kw_only=True)
class Options(WorldOptions):
    """Plays.

    Attributes:
        steps: How many.
    """

    steps: int = 3


def choose(*words, own=None):
    return read(Options, "play", words, groups=("world",)).choose(own)


@pytest.mark.parametrize("own", [None, OWN])
def test_a_recipe_by_name_with_changes(own):
    world = choose("world=cartpole", "world.size=[16,32]", "world.kwargs.sutton_barto_reward=true", "steps=4", own=own)
    ready = World.named("cartpole")
    assert (world.id, world.size, world.crop, world.kwargs) == (
        "CartPole-v1",
        (16, 32),
        ready.crop,
        {"sutton_barto_reward": True},
    )


def test_an_id_is_the_environment_as_it_is():
    assert choose("env=package:Clock-v1", own=OWN) == World("package:Clock-v1", size=None)
    assert choose("env=Clock-v0", "world.size=[4,4]") == World("Clock-v0", size=(4, 4))


def test_the_checkpoints_own_world_and_changes_to_it():
    assert choose(own=OWN) == OWN
    changed = choose("world.kwargs.length=3", "world.max_steps=2", own=OWN)
    assert changed.kwargs == {"length": 3, "shape": [4, 4, 3]} and changed.max_steps == 2 and changed.size == (8, 8)
    named = choose("env=package:Clock-v0", own=OWN)
    assert named.id == "package:Clock-v0" and named.size == (8, 8) and named.success == "terminated"


def test_changes_that_are_no_settings_are_one_line():
    with pytest.raises(InputError, match=r"world.kwargs are .* by name; got None"):
        choose("world.kwargs=null", own=OWN)


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        ([], InputError, "which world"),
        (["world=cartpol"], UnknownNameError, "Did you mean 'cartpole'.*env=ID"),
        (["world=cartpole", "env=Clock-v0"], InputError, "give one of them"),
        (["world=cartpole", "world.sise=[3,3]"], UnknownNameError, "Did you mean 'size'"),
        (["world=cartpole", "world.size=big"], InputError, "World.size"),
        (["world.size=[3"], InputError, "cannot be composed"),
        (["world=cartpole", "step=2"], UnknownNameError, "Did you mean 'steps'"),
    ],
)
def test_wrong_words_are_one_line(words, error, message):
    with pytest.raises(error, match=message) as caught:
        choose(*words)
    assert "\n" not in str(caught.value)


def test_help_lists_the_ready_recipes():
    text = usage(Options, "play", ("world",))
    assert "cartpole | " in text and "A Gymnasium id" in text and "How many." in text


def test_a_checkpoints_world_is_checked():
    assert world_of({"world": OWN.to_json()}) == OWN and world_of({}) is None and world_of({"world": None}) is None
    for damaged in (3, {"id": "os:path"}, {"id": "a", "sise": 3}):
        with pytest.raises(CheckpointError, match="world is damaged"):
            world_of({"world": damaged})
