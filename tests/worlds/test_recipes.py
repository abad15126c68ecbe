"""Every ready recipe whose package is here makes frames; those that render on a GPU or EGL are tried where they can."""

import importlib.util

import numpy as np
import pytest

from worldmodels.composition import choices, recipes
from worldmodels.errors import InputError, UnknownNameError
from worldmodels.worlds import World

NEEDS = {
    "crafter": ("crafter",),
    "dm_control": ("dmc_",),
    "mujoco": ("reacher", "inverted_pendulum"),
    "pygame": ("cartpole", "pendulum", "acrobot"),
}
SCREEN = ("miniworld",)  # needs a display, or EGL and two variables set before it is imported


def missing(name):
    """The package that a recipe needs and that is not installed."""
    package = str(recipes("world")[name]["id"]).rpartition(":")[0]
    needed = [package] if package else []
    needed += [package for package, names in NEEDS.items() if name.startswith(names)]
    return next((package for package in needed if importlib.util.find_spec(package) is None), None)


@pytest.mark.parametrize("name", [name for name in choices("world") if name not in SCREEN])
def test_a_recipe_makes_frames_that_move_with_time(name, monkeypatch):
    monkeypatch.setenv("MUJOCO_GL", "egl")
    if missing(name):
        pytest.skip(f"{missing(name)} is not installed")
    try:
        env = World.named(name).make()
    except (InputError, AttributeError, RuntimeError) as error:
        no_egl = name.startswith(NEEDS["dm_control"] + NEEDS["mujoco"])
        if no_egl or "pip install" in str(error) or "No module named" in str(error):
            pytest.skip(f"not here: {error}")
        raise
    env.action_space.seed(0)
    frames = [env.reset(seed=0)[0]]
    for _ in range(3):
        frame, reward, terminated, truncated, _ = env.step(env.action_space.sample())
        frames.append(np.array(frame))
        assert np.isfinite(reward)
        if terminated or truncated:
            break
    assert all(env.observation_space.contains(frame) and frame.shape[-1] in (1, 3) for frame in frames)
    env.close()


def test_crafter_is_the_same_for_a_seed_and_another_for_another():
    pytest.importorskip("crafter")
    env = World.named("crafter").make()
    frames = [env.reset(seed=seed)[0] for seed in (3, 3, 4)]
    assert np.array_equal(frames[0], frames[1]) and not np.array_equal(frames[0], frames[2])


def test_dm_control_names_what_it_has():
    pytest.importorskip("dm_control")
    with pytest.raises(UnknownNameError, match="Did you mean 'reacher'"):
        World("worldmodels/DMControl-v0", {"domain": "reachr", "task": "easy"}, frame="render").make()


def test_dm_control_without_shadows_shows_the_same_scene(monkeypatch):
    pytest.importorskip("dm_control")
    monkeypatch.setenv("MUJOCO_GL", "egl")
    frames = []
    for plain in (True, False):
        world = World("worldmodels/DMControl-v0", {"domain": "reacher", "task": "easy", "plain": plain}, frame="render")
        try:
            frames.append(world.make().reset(seed=0)[0].astype(float))
        except (AttributeError, RuntimeError) as error:
            pytest.skip(f"no EGL here: {error}")
    difference = np.abs(frames[0] - frames[1])
    assert 0 < difference.mean() < 40
