"""Every ready recipe whose package is here makes frames; those that render on a GPU or EGL are tried where they can."""

import importlib.util

import numpy as np
import pytest

from worldmodels.composition import choices, recipes
from worldmodels.errors import InputError
from worldmodels.worlds import World

NEEDS = {
    "dm_control": ("dmc_",),
    "mujoco": ("reacher", "inverted_pendulum"),
    "pygame": ("cartpole", "pendulum", "acrobot"),
}
SLOW = ("cater_play", "cater_snitch", "phyre", "miniworld")


def missing(name):
    """The package that a recipe needs and that is not installed."""
    package = str(recipes("world")[name]["id"]).rpartition(":")[0]
    needed = [package] if package else []
    needed += [package for package, names in NEEDS.items() if name.startswith(names)]
    return next((package for package in needed if importlib.util.find_spec(package) is None), None)


@pytest.mark.parametrize("name", [name for name in choices("world") if name not in SLOW])
def test_a_recipe_makes_frames_that_move_with_time(name, monkeypatch):
    monkeypatch.setenv("MUJOCO_GL", "egl")
    if missing(name):
        pytest.skip(f"{missing(name)} is not installed")
    try:
        env = World.named(name).make()
    except (InputError, AttributeError, RuntimeError) as error:
        if name.startswith(NEEDS["dm_control"] + NEEDS["mujoco"]):
            pytest.skip(f"no EGL here: {error}")
        raise
    env.action_space.seed(0)
    frames = [env.reset(seed=0)[0]]
    for _ in range(3):
        frame, reward, *_ = env.step(env.action_space.sample())
        frames.append(np.array(frame))
        assert np.isfinite(reward)
    assert all(env.observation_space.contains(frame) and frame.shape[-1] in (1, 3) for frame in frames)
    env.close()
