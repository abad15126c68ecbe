import numpy as np
import pytest
import torch
from gymnasium import spaces

from worldmodels.actions import ActionCodec
from worldmodels.errors import InputError

SPACES = {
    "discrete": spaces.Discrete(4),
    "discrete from 5": spaces.Discrete(3, start=5),
    "many": spaces.MultiDiscrete([2, 3]),
    "many in a grid": spaces.MultiDiscrete([[2, 3], [4, 2]]),
    "binary": spaces.MultiBinary(3),
    "binary grid": spaces.MultiBinary([2, 2]),
    "box": spaces.Box(np.array([-1.0, 0.0], np.float32), np.array([3.0, 10.0], np.float32)),
    "half bounded": spaces.Box(np.array([-1.0, 0.0], np.float32), np.array([1.0, np.inf], np.float32)),
    "scalar box": spaces.Box(0.0, 2.0, ()),
    "image": spaces.Box(0, 255, (2, 2), np.uint8),
    "one value": spaces.Box(2.0, 2.0, (1,)),
    "tuple": spaces.Tuple([spaces.Discrete(2), spaces.Box(-1.0, 1.0, (2,))]),
    "dict": spaces.Dict({"b": spaces.Discrete(2), "a": spaces.Tuple([spaces.MultiBinary(2)])}),
}


def batched(samples):
    first = samples[0]
    if isinstance(first, dict):
        return {key: batched([sample[key] for sample in samples]) for key in first}
    if isinstance(first, tuple):
        return tuple(batched([sample[i] for sample in samples]) for i in range(len(first)))
    return np.stack([np.asarray(sample) for sample in samples])


def leaves(actions):
    if isinstance(actions, dict):
        return [leaf for value in actions.values() for leaf in leaves(value)]
    return [leaf for value in actions for leaf in leaves(value)] if isinstance(actions, tuple) else [actions]


@pytest.mark.parametrize("name", SPACES)
def test_decoding_undoes_encoding(name):
    space, codec = SPACES[name], ActionCodec(SPACES[name])
    space.seed(0)
    actions = batched([space.sample() for _ in range(7)])
    vectors = codec.encode(actions)
    assert vectors.shape == (7, codec.dim)
    assert vectors.dtype == torch.float32
    for back, given in zip(leaves(codec.decode(vectors)), leaves(actions), strict=True):
        np.testing.assert_allclose(back, given, atol=1e-5)
        assert back.dtype == given.dtype


@pytest.mark.parametrize("name", SPACES)
def test_what_is_decoded_lies_in_the_space(name):
    space, codec = SPACES[name], ActionCodec(SPACES[name])
    wild = 50 * torch.randn(20, codec.dim, generator=torch.Generator().manual_seed(0))
    decoded = codec.decode(wild)
    for row in range(20):
        picked = [leaf[row] for leaf in leaves(decoded)]
        parts = leaves(space.sample())
        assert [np.shape(p) for p in picked] == [np.shape(p) for p in parts]
    if not isinstance(space, spaces.Tuple | spaces.Dict):
        assert all(space.contains(np.asarray(decoded[row])) for row in range(20))


@pytest.mark.parametrize("name", SPACES)
def test_bounds_hold_every_vector(name):
    space, codec = SPACES[name], ActionCodec(SPACES[name])
    low, high = codec.bounds()
    vectors = codec.encode(batched([space.sample() for _ in range(20)]))
    assert low.shape == high.shape == (codec.dim,)
    assert (vectors >= low - 1e-5).all()
    assert (vectors <= high + 1e-5).all()


def test_discrete_is_one_hot():
    vectors = ActionCodec(spaces.Discrete(3, start=5)).encode(np.array([[5, 7]]))
    assert vectors.tolist() == [[[1, 0, 0], [0, 0, 1]]]


def test_bounded_numbers_fill_minus_one_to_one():
    codec = ActionCodec(SPACES["box"])
    assert codec.encode(np.array([[-1.0, 10.0], [1.0, 5.0]])).tolist() == [[-1, 1], [0, 0]]
    assert [bound.tolist() for bound in codec.bounds()] == [[-1, -1], [1, 1]]


def test_a_large_box_neither_overflows_nor_gives_nan():
    codec = ActionCodec(spaces.Box(np.finfo(np.float32).min, np.finfo(np.float32).max, (1,)))
    assert codec.encode(np.zeros((1, 1), np.float32)).item() == 0


def test_a_batch_over_time_keeps_its_axes():
    codec = ActionCodec(SPACES["many in a grid"])
    assert codec.encode(np.zeros((3, 5, 2, 2), np.int64)).shape == (3, 5, codec.dim)


@pytest.mark.parametrize(
    ("name", "actions", "words"),
    [
        ("discrete", np.array([4]), "outside"),
        ("discrete", np.array([-1]), "outside"),
        ("discrete", np.array([1.0]), "integers"),
        ("discrete from 5", np.array([2]), "outside"),
        ("many", np.array([[0, 3]]), "outside"),
        ("many", np.array([0]), "takes"),
        ("binary", np.array([[0, 2, 0]]), "0 or 1"),
        ("binary", np.array([[0, 1]]), "takes"),
        ("box", np.array([1.0]), "takes"),
        ("box", np.array([[np.nan, 1.0]]), "finite"),
        ("box", "left", "left"),
        ("tuple", (np.array([0]),), "parts"),
        ("tuple", (np.array([0]), np.zeros((2, 2))), "batch axes"),
        ("dict", {"a": 0, "c": 1}, "batch of actions"),
    ],
)
def test_wrong_actions_are_named(name, actions, words):
    with pytest.raises(ValueError, match=words):
        ActionCodec(SPACES[name]).encode(actions)


def test_nobody_acts():
    codec = ActionCodec(None)
    assert codec.dim == 0
    assert codec.decode(torch.zeros(2, 0)) is None
    with pytest.raises(InputError, match="without actions"):
        codec.encode(np.zeros(2))


@pytest.mark.parametrize("space", [spaces.Text(3), spaces.Tuple([])])
def test_spaces_that_are_no_action_spaces(space):
    with pytest.raises(InputError, match="action space"):
        ActionCodec(space)


def test_decode_refuses_another_width():
    with pytest.raises(InputError, match="width 3"):
        ActionCodec(spaces.Discrete(4)).decode(torch.zeros(1, 3))


@pytest.mark.parametrize(
    "space",
    [
        spaces.Discrete(3),
        spaces.Discrete(3, start=1),
        spaces.MultiDiscrete([2, 3]),
        spaces.MultiBinary(2),
        spaces.Box(-1, 1, (2,)),
    ],
)
def test_stored_actions_which_are_read_only_are_encoded_without_a_warning(space):
    actions = np.stack([space.sample() for _ in range(4)])
    actions.flags.writeable = False
    assert torch.equal(ActionCodec(space).encode(actions), ActionCodec(space).encode(actions.copy()))
