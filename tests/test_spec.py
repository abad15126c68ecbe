import json

import numpy as np
import pytest
from gymnasium import spaces

from worldmodels import WorldSpec
from worldmodels.errors import InputError


@pytest.mark.parametrize("space", [None, spaces.Discrete(3), spaces.Box(-1.0, 1.0, (2,), np.float32)])
def test_a_spec_survives_json(space):
    spec = WorldSpec((3, 16, 24), space, fps=12.5)
    assert WorldSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec


def test_frame_shape_becomes_a_tuple():
    assert WorldSpec([1, 8, 8]).frame_shape == (1, 8, 8)


@pytest.mark.parametrize(
    "shape", [(3, 16), (2, 16, 16), (3, 0, 16), (3, 16.0, 16), (True, 16, 16), "3,8,8", None, 5, (3, 10**9, 10**9)]
)
def test_wrong_frame_shapes(shape):
    with pytest.raises(InputError, match="channel, height, width"):
        WorldSpec(shape)


@pytest.mark.parametrize("fps", [0, -1, float("inf"), float("nan"), "10", None, True, 10**400])
def test_wrong_speeds(fps):
    with pytest.raises(InputError, match="above 0"):
        WorldSpec((3, 8, 8), fps=fps)


def test_wrong_action_space():
    with pytest.raises(InputError, match="Gymnasium space"):
        WorldSpec((3, 8, 8), 4)


@pytest.mark.parametrize(
    "description", [None, [], {}, {"frame_shape": "3,8,8"}, {"frame_shape": [3, 8, 8], "action_space": "x"}]
)
def test_damaged_descriptions(description):
    with pytest.raises(InputError):
        WorldSpec.from_json(description)
