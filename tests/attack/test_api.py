"""Calls of the library with nonsense: refused in one line, or they work."""

import gymnasium as gym
import numpy as np
import pytest
from attacks import attacked, nonsense
from hypothesis import given
from hypothesis import strategies as st

import worldmodels
from worldmodels.errors import WorldModelsError
from worldmodels.imagined import ImaginedVectorEnv
from worldmodels.rewards import HeadReward
from worldmodels.worlds import World

IDS = ["RandomWalk", "RandomWalkReach", "MovingDigits", "MovingShapes", "Dice", "Narratives", "Pendulum", "PhyreVideo"]
OPTIONS = ["config", "size", "frames", "balls", "digits", "stride", "solutions", "tasks", "levels", "render_scale"]
OPTIONS += ["max_steps", "shapes", "noise", "speed", "seed", "masks", "engine", "part", "radius", "length"]
REFUSALS = (WorldModelsError, ValueError, TypeError, gym.error.Error)


def one_line(error: Exception) -> bool:
    return "\n" not in str(error).strip()


@pytest.mark.parametrize("name", IDS)
def test_options_of_environments(bounded, name):
    @attacked
    @given(st.dictionaries(st.sampled_from(OPTIONS), nonsense, min_size=1, max_size=2))
    def attack(options):
        with bounded():
            try:
                world = World(f"worldmodels_envs:worldmodels/{name}-v0", options, size=None, max_steps=3)
                env = world.make()
            except WorldModelsError as error:
                assert one_line(error)
                return
            env.reset(seed=0)
            env.step(env.action_space.sample())
            env.close()

    attack()


SETTINGS = ["horizon", "num_envs", "observation", "temperature", "autoreset_mode", "context", "disagreement", "starts"]


@pytest.fixture(scope="module")
def model(place):
    return worldmodels.load(place.checkpoint)


def imagined(model, place, settings):
    given = {"num_envs": 2, "horizon": 3, "starts": str(place.data), "reward": HeadReward("distance", -1.0), **settings}
    return ImaginedVectorEnv(model, **given)


def test_imagined_environments(model, place, bounded):
    @attacked
    @given(st.dictionaries(st.sampled_from(SETTINGS), nonsense, min_size=1, max_size=2), nonsense)
    def attack(settings, action):
        number = settings.get("num_envs")
        if isinstance(number, int) and number > 98:  # legitimate, and more than there is memory for
            return
        with bounded():
            try:
                env = imagined(model, place, settings)
                env.reset(seed=0)
                env.step(action)
            except REFUSALS as error:
                assert isinstance(error, WorldModelsError | gym.error.Error) and one_line(error), repr(error)

    attack()


@pytest.mark.parametrize("kind", ["single", "vector", "imagined"])
def test_a_closed_environment_does_not_step(model, place, kind):
    if kind == "imagined":
        env = imagined(model, place, {})
    elif kind == "vector":
        env = World.named("reach").make_vec(2)
    else:
        env = World.named("reach").make().unwrapped
    env.reset(seed=0)
    action = env.action_space.sample()
    env.close()
    with pytest.raises(gym.error.ResetNeeded):
        env.step(action)


@pytest.mark.parametrize("action", [1.5, None, "1", -1, 99, np.nan, [0], 10**30])
def test_actions_that_are_none(action):
    env = World.named("reach").make().unwrapped
    env.reset(seed=0)
    with pytest.raises(gym.error.InvalidAction):
        env.step(action)
