import numpy as np
import pytest

from worldmodels_envs.phyre import candidates as module
from worldmodels_envs.phyre.action import encode, valid
from worldmodels_envs.phyre.attempt import worker_pool
from worldmodels_envs.phyre.candidates import UNTRIED, CandidateActions, attempt_in_order
from worldmodels_envs.phyre.tasks import task

MISS, BAD, PUSH = encode([[220, 200, 4], [100, 110, 10], [88, 200, 12]])
NEW = np.full(4, UNTRIED, dtype=np.int8)


def test_nothing_is_tried_after_the_solution_or_the_last_attempt(ledge):
    actions = np.array([BAD, MISS, PUSH, MISS])
    assert attempt_in_order(ledge, actions, NEW).tolist() == [0, -1, 1, UNTRIED]
    assert attempt_in_order(ledge, actions, NEW, attempts=1).tolist() == [0, -1, UNTRIED, UNTRIED]


def test_what_is_known_is_not_tried_again(ledge, monkeypatch):
    monkeypatch.setattr(module, "attempt", lambda scene, action: np.array([-1]))
    known = np.array([UNTRIED, 0, 1, UNTRIED], dtype=np.int8)
    assert attempt_in_order(ledge, np.array([PUSH, PUSH, PUSH, PUSH]), known).tolist() == [-1, 0, 1, UNTRIED]


def test_outcomes_are_kept_from_one_run_to_the_next(tmp_path, monkeypatch):
    path, ids = tmp_path / "candidates.npz", ["00002:003", "00005:001"]
    found = CandidateActions(path, 30)
    orders = np.stack([np.argsort(~valid(task(id), found.actions), kind="stable")[:6] for id in ids])
    with worker_pool(1) as pool:
        at = found.solve(ids, orders, pool, attempts=4)
    monkeypatch.setattr(module, "attempt", lambda scene, action: pytest.fail("tried again"))
    again = CandidateActions(path, 30).solve(ids, orders, _Here(), attempts=4, progress=list)
    assert np.array_equal(at, again) and ((at <= 4) | np.isinf(at)).all()
    with pytest.raises(BaseException, match="tried again"):
        CandidateActions(path, 31).solve(ids, orders, _Here(), attempts=4)


class _Here:
    """Runs at once, in this process."""

    def map(self, function, *rows, chunksize=1):
        return map(function, *rows)
