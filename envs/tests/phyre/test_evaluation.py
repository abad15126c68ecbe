import numpy as np
import pytest

from worldmodels_envs.phyre import evaluation
from worldmodels_envs.phyre.action import encode
from worldmodels_envs.phyre.attempt import worker_pool
from worldmodels_envs.phyre.evaluation import (
    AGENTS,
    Outcomes,
    attempt_weights,
    attempts_to_solve,
    auccess,
    evaluate,
    interval,
    report,
    solve_in_order,
)
from worldmodels_envs.phyre.splits import split


@pytest.fixture
def outcomes():
    """Forty puzzles of each of five templates; action 7 solves every third one, others rarely."""
    rng = np.random.default_rng(0)
    ids = tuple(f"{t:05d}:{v:03d}" for t in range(5) for v in range(40))
    statuses = np.where(rng.random((200, 30)) < 0.02, 1, -1).astype(np.int8)
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
    fold = split("within", 0, outcomes.ids)
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


def test_outcomes_are_made_once_and_go_on(tmp_path, monkeypatch):
    made = []

    def make(ids, actions, executor):
        made.extend(ids)
        return Outcomes(tuple(ids), actions, np.full((len(ids), len(actions)), -1, np.int8))

    ids = ["00000:000", "00000:001"]
    monkeypatch.setattr(evaluation, "make_outcomes", make)
    monkeypatch.setattr(evaluation, "task_ids", lambda: tuple(ids))
    path = tmp_path / "outcomes.npz"
    evaluation.load_outcomes(path, workers=1, count=4)
    ids.append("00000:002")
    found = evaluation.load_outcomes(path, workers=1, count=4)
    assert made == ["00000:000", "00000:001", "00000:002"]
    assert found.statuses.shape == (3, 4)
    evaluation.load_outcomes(path, workers=1, count=5)
    assert len(made) == 6


def test_actions_of_an_agents_own_are_simulated_in_order(ledge):
    miss, bad, push = encode([[220, 200, 4], [100, 110, 10], [88, 200, 12]])
    with worker_pool(1) as pool:
        at = solve_in_order([ledge, ledge], np.array([[bad, miss, push], [miss, bad, miss]]), pool)
    assert at.tolist() == [2.0, np.inf]
