import json

import numpy as np
import pytest
from gymnasium import spaces

from worldmodels.errors import InputError
from worldmodels.play.controls import describe, meanings, read_action

SPACES = {
    "discrete": (spaces.Discrete(3, start=-1), 1),
    "choices": (spaces.MultiDiscrete([3, 2]), [2, 1]),
    "switches": (spaces.MultiBinary(2), [0, 1]),
    "box": (spaces.Box(-2, 2, (2,), np.float32), [0.5, -2]),
    "tuple": (spaces.Tuple([spaces.Discrete(2), spaces.Box(0, 1, (1,))]), {"0": 1, "1": [0.25]}),
    "dict": (spaces.Dict({"turn": spaces.Discrete(2), "gas": spaces.Box(0, 1, (1,))}), {"turn": 1, "gas": [0.5]}),
}


@pytest.mark.parametrize("kind", SPACES)
def test_spaces_are_described_and_their_actions_read(kind):
    space, sent = SPACES[kind]
    described = json.loads(json.dumps(describe(space)))
    assert described["kind"] == kind
    assert space.contains(read_action(space, json.loads(json.dumps(sent))))


@pytest.mark.parametrize("kind", SPACES)
@pytest.mark.parametrize("sent", [None, True, "left", 5, -7, [9, 9], [0.5], {"x": 1}, [[]], [10**400], float("inf")])
def test_what_is_no_action_is_refused(kind, sent):
    space, _ = SPACES[kind]
    with pytest.raises(InputError, match=r"is no action of|takes|actions? "):
        read_action(space, sent)


def test_unbounded_sliders_have_ends():
    described = describe(spaces.Box(-np.inf, np.inf, (1,)))
    assert (described["low"], described["high"]) == ([-1.0], [1.0])


def test_environments_name_their_actions():
    envs = pytest.importorskip("worldmodels_envs")
    import gymnasium as gym

    assert envs and meanings(gym.make("worldmodels/RandomWalkReach-v0")) == ["left", "right", "up", "down"]
    assert meanings(None) is None
