import numpy as np
import pytest

from worldmodels_envs.phyre.action import encode
from worldmodels_envs.phyre.attempt import Status, attempt, simulate_many

PUSH, MISS, BAD = (88, 200, 12), (220, 200, 4), (100, 110, 10)


def test_statuses_of_actions(ledge):
    expected = [Status.SOLVED, Status.NOT_SOLVED, Status.INVALID]
    assert attempt(ledge, encode([PUSH, MISS, BAD])).tolist() == expected


def test_many_workers_give_what_one_gives(ledge, drop):
    rng = np.random.default_rng(0)
    actions = rng.random((2, 40, 3))
    actions[0, 0] = encode([PUSH])[0]
    alone = simulate_many([ledge, drop], actions, workers=1)
    assert alone.shape == (2, 40) and (alone == Status.SOLVED).any()
    assert np.array_equal(simulate_many([ledge, drop], actions, workers=2), alone)


def test_actions_match_the_scenes(ledge):
    with pytest.raises(ValueError, match=r"must have shape \(1, actions, 3\)"):
        simulate_many([ledge], np.zeros((2, 4, 3)))
