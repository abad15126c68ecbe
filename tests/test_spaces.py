import json
import reprlib
from functools import reduce

import numpy as np
import pytest
from gymnasium import spaces

from worldmodels.errors import InputError
from worldmodels.spaces import space_from_json, space_to_json

SPACES = [
    None,
    spaces.Discrete(4, start=-1),
    spaces.MultiDiscrete([2, 3], start=[1, 0]),
    spaces.MultiBinary(3),
    spaces.MultiBinary([2, 3]),
    spaces.Box(-1.0, 1.0, (2,)),
    spaces.Box(np.array([0.1, -np.inf], np.float32), np.array([np.inf, 2.0], np.float32)),
    spaces.Box(0, 2**63 - 1, (1,), np.int64),
    spaces.Box(0.0, 1.0, ()),
    spaces.Box(0, 255, (2, 2), np.uint8),
    spaces.Tuple([spaces.Discrete(2), spaces.Dict({"z": spaces.Discrete(2), "a": spaces.MultiBinary(1)})]),
]


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_a_space_survives_json(space):
    text = json.dumps(space_to_json(space), allow_nan=False)
    assert space_from_json(json.loads(text)) == space


def test_a_space_without_description_is_refused():
    with pytest.raises(InputError, match="cannot be saved"):
        space_to_json(spaces.Text(4))


NESTED = reduce(lambda inner, _: {"type": "Tuple", "spaces": [inner]}, range(3000), {"type": "Discrete", "n": 2})


@pytest.mark.parametrize(
    "description",
    [
        "Discrete",
        [],
        {"type": "os.system", "n": 1},
        {"type": ["Discrete"], "n": 1},
        {"type": "Discrete"},
        {"type": "Discrete", "n": 0, "start": 0},
        {"type": "Discrete", "n": "x", "start": 0},
        {"type": "Discrete", "n": 10**12, "start": 0},
        {"type": "MultiDiscrete", "nvec": [10**12], "start": [0]},
        {"type": "MultiDiscrete", "nvec": [[2], [3, 4]], "start": [0]},
        {"type": "MultiBinary", "n": [10**6, 10**6]},
        {"type": "MultiBinary", "n": 10**12},
        {"type": "Box", "low": [0], "high": [1], "shape": [10**12], "dtype": "float32"},
        {"type": "Box", "low": [0], "high": [1], "shape": [-1], "dtype": "float32"},
        {"type": "Box", "low": [], "high": [], "shape": [2], "dtype": "float32"},
        {"type": "Box", "low": [0], "high": [1e400], "shape": [1], "dtype": "int8"},
        {"type": "Box", "low": [0], "high": [300], "shape": [1], "dtype": "uint8"},
        {"type": "Box", "low": [0], "high": [1], "shape": [1], "dtype": "object"},
        {"type": "Box", "low": ["__import__('os')"], "high": [1], "shape": [1], "dtype": "float32"},
        {"type": "Tuple", "spaces": [None]},
        {"type": "Tuple", "spaces": 3},
        {"type": "Dict", "spaces": []},
        NESTED,
    ],
    ids=lambda description: reprlib.repr(description),
)
def test_damaged_and_hostile_descriptions_are_refused(description):
    with pytest.raises(InputError):
        space_from_json(description)
