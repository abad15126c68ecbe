import numpy as np
import pytest

from worldmodels_envs.phyre.action import complaint, decode, encode, fits, place, valid


def test_actions_are_decoded_as_in_the_original():
    assert decode([0.5, 1.0, 0.5]).tolist() == [127.0, 255.0, 17.0]
    assert decode([[0, 0, 0], [1, 1, 1]])[:, 2].tolist() == [2.0, 32.0]


def test_encoding_a_ball_gives_it_back():
    balls = np.random.default_rng(0).integers([0, 0, 2], [255, 255, 33], (200, 3))
    assert np.array_equal(decode(encode(balls)), balls)


@pytest.mark.parametrize(
    ("action", "expected", "why"),
    [
        ((0.2, 0.9, 0.1), True, ""),
        ((0.0, 0.5, 0.1), False, "not wholly inside"),
        ((0.2, 1.1, 0.1), False, "must lie in"),
        ((0.4, 0.41, 0.0), False, "overlaps a body"),
        ((float("nan"), 0.5, 0.5), False, "must lie in"),
    ],
)
def test_validity_and_its_reason(ledge, action, expected, why):
    assert valid(ledge, action).tolist() == [expected]
    if expected:
        assert place(ledge, action).bodies[-1].user
    else:
        assert why in complaint(ledge, action)
        with pytest.raises(ValueError, match=why):
            place(ledge, action)


def test_a_ball_may_touch_but_not_overlap(ledge):
    x, radius = 120.0 + 10.0, 10.0
    assert fits(ledge, [[x, 102.0, radius], [x - 0.01, 102.0, radius]]).tolist() == [True, False]


def test_actions_of_other_lengths_are_refused():
    with pytest.raises(ValueError, match="3 numbers"):
        decode([0.1, 0.2])
