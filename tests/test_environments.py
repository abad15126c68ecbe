"""Every environment id passes both checkers; only stable-baselines3's two pieces of advice that apply may show."""

import warnings

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env
from stable_baselines3.common.env_checker import check_env as check_for_sb3

worldmodels_envs = pytest.importorskip("worldmodels_envs")

OTHERS = ("worldmodels/Imagined", "worldmodels/Crafter", "worldmodels/DMControl")
"""Made of a model, or of another package's environment: tested where they are defined."""

IDS = sorted(name for name in gymnasium.registry if name.startswith("worldmodels/") and not name.startswith(OTHERS))

ADVICE = {
    "worldmodels/Dice-v0": "The minimal resolution for an image is 36x36",
    "worldmodels/Narratives-v0": "The minimal resolution for an image is 36x36",
    "worldmodels/RandomWalk-v0": "The minimal resolution for an image is 36x36",
    "worldmodels/RandomWalkReach-v0": "The minimal resolution for an image is 36x36",
    "worldmodels/Pendulum-v0": "The minimal resolution for an image is 36x36",
    "worldmodels/Phyre-v0": "We recommend you to use a symmetric and normalized Box action space",
}
"""Frames of 32x32 are too small for stable-baselines3's default CNN, and PHYRE's actions lie in [0, 1]."""


def make(name, **options):
    try:
        return gymnasium.make(name, **options).unwrapped
    except ImportError as error:
        pytest.skip(f"an extra is not installed: {error}")


@pytest.mark.parametrize("name", IDS)
def test_gymnasiums_checker_has_nothing_to_say(name):
    check_env(make(name))


@pytest.mark.parametrize("name", IDS)
def test_stable_baselines3s_checker_has_nothing_else_to_say(name):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        check_for_sb3(make(name))
    advice = ADVICE.get(name)
    assert [str(warning.message) for warning in said if advice is None or advice not in str(warning.message)] == []


@pytest.mark.parametrize("name", ["worldmodels/RandomWalk-v0", "worldmodels/RandomWalkReach-v0"])
def test_larger_frames_silence_the_advice(name):
    check_for_sb3(make(name, size=40))
