import numpy as np
import pytest

from worldmodels_envs.phyre.evaluation import (
    AGENTS,
    POOL,
    Outcomes,
    attempt_weights,
    attempts_to_solve,
    auccess,
    evaluate,
    interval,
    load_outcomes,
    random_pool,
    report,
    score,
)
from worldmodels_envs.phyre.splits import split


@pytest.fixture
def outcomes():
    """Forty puzzles of each template; action 7 solves every third one, others rarely."""
    rng = np.random.default_rng(0)
    ids = tuple(f"{t:05d}:{v:03d}" for t in range(25) for v in range(40))
    statuses = np.where(rng.random((1000, 30)) < 0.02, 1, -1).astype(np.int8)
    statuses[::3, 7] = 1
    statuses[:, 11] = 0
    return Outcomes(ids, rng.random((30, 3)), statuses)


def test_weights_sum_to_the_logarithm():
    assert attempt_weights().sum() == pytest.approx(np.log(101))


@pytest.mark.parametrize(
    ("solved_at", "expected"),
    [
        ([1, 1], 100.0),
        ([np.inf], 0.0),
        ([1, np.inf], 50.0),
        ([2], 100 * (1 - np.log(2) / np.log(101))),
        ([100], 100 * (np.log(101) - np.log(100)) / np.log(101)),
    ],
)
def test_auccess_by_hand(solved_at, expected):
    assert auccess(solved_at) == pytest.approx(expected)


def test_invalid_actions_do_not_count_as_attempts():
    statuses = [[0, -1, 0, 1, 1], [-1, -1, -1, -1, 1], [0, 0, 0, 0, 0], [1, -1, -1, -1, -1]]
    assert attempts_to_solve(statuses).tolist() == [2, 5, np.inf, 1]
    assert attempts_to_solve(statuses, attempts=3).tolist() == [2, np.inf, np.inf, 1]


def test_intervals_are_students():
    found = interval([1.0, 2.0, 3.0])
    assert found.mean == 2.0
    assert found.half == pytest.approx(4.303 / np.sqrt(3))
    assert np.isnan(interval([4.0]).half)


def test_memory_tries_first_what_solved_training_puzzles(outcomes):
    fold = split("within", 0).among(outcomes.ids)
    order = AGENTS["memory"](outcomes, fold, np.random.default_rng(0))
    assert order.shape == (len(fold.test), 30)
    assert (order[:, 0] == 7).all()
    assert sorted(order[0]) == list(range(30))


@pytest.mark.parametrize("setup", ["within", "cross"])
def test_memory_beats_random_and_scores_repeat(outcomes, setup):
    random = evaluate(AGENTS["random"], outcomes, setup, folds=4)
    memory = evaluate(AGENTS["memory"], outcomes, setup, folds=4)
    assert np.mean([s.auccess for s in memory]) > np.mean([s.auccess for s in random])
    assert random == evaluate(AGENTS["random"], outcomes, setup, folds=4)
    assert f"memory, {setup} template, 4 folds: AUCCESS" in report("memory", setup, memory)


def test_outcomes_are_kept_and_go_on(tmp_path):
    path = tmp_path / "new" / "outcomes.npz"
    first = load_outcomes(path, workers=1, templates=["00002"], variations=1)
    again = load_outcomes(path, workers=1, templates=["00002:000"])
    assert first.ids == again.ids == ("00002:000",)
    assert np.array_equal(first.statuses, again.statuses)
    assert first.statuses.shape == (1, POOL)
    with pytest.raises(ValueError, match="unknown puzzle"):
        load_outcomes(path, templates=["00099"])


def test_larger_pools_begin_with_the_smaller_ones():
    assert np.array_equal(random_pool(9)[:5], random_pool(5))


def test_no_puzzle_has_no_score():
    with pytest.raises(ValueError, match="no puzzle to score"):
        score([], [])
