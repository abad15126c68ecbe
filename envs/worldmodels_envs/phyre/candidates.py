"""A large common set of actions, of which only those are simulated that an agent tries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldmodels_envs.phyre.attempt import Status, attempt
from worldmodels_envs.phyre.evaluation import ATTEMPTS, attempts_to_solve, random_pool
from worldmodels_envs.phyre.scene import Scene
from worldmodels_envs.phyre.statuses import read_statuses, write_statuses
from worldmodels_envs.phyre.tasks import task

UNTRIED = 2
"""Stands beside the `Status` codes for what has not been simulated."""

Progress = Callable[[Iterable[Any]], Iterable[Any]]


class CandidateActions:
    """Random actions that agents order, and what is known of their outcomes.

    Args:
        path: where outcomes are kept from one run to the next; None keeps them here only.
        count: how many actions; the first ones are the pool of `load_outcomes`.

    Attributes:
        actions: (candidate, 3).
    """

    def __init__(self, path: Path | None = None, count: int = 5000) -> None:
        self.actions = random_pool(count)
        self._path = path
        self._known = {} if path is None else read_statuses(path, self.actions)

    def solve(
        self,
        ids: Sequence[str],
        orders: ArrayLike,
        executor: Executor,
        attempts: int = ATTEMPTS,
        progress: Progress = iter,
    ) -> NDArray[np.float64]:
        """Attempt puzzles, each with its own order of candidates, until solved.

        Args:
            ids: the puzzles.
            orders: indices of candidates, (puzzle, rank).
            executor: processes, see `worker_pool`.
            attempts: how many are allowed; invalid actions do not count.
            progress: wraps what is iterated over, such as `tqdm`.

        Returns:
            Which attempt solved each puzzle, from 1; infinity where none did, (puzzle,).
        """
        chosen = np.asarray(orders)
        known = np.stack([self._row(id)[order] for id, order in zip(ids, chosen, strict=True)])
        tried = executor.map(
            attempt_in_order, map(task, ids), self.actions[chosen], known, [attempts] * len(ids), chunksize=4
        )
        for index, statuses in enumerate(progress(tried)):
            self._row(ids[index])[chosen[index]] = known[index] = statuses
        if self._path is not None:
            write_statuses(self._path, self.actions, self._known)
        return attempts_to_solve(np.where(known == UNTRIED, Status.INVALID, known), attempts)

    def _row(self, id: str) -> NDArray[np.int8]:
        return self._known.setdefault(id, np.full(len(self.actions), UNTRIED, dtype=np.int8))


def attempt_in_order(
    scene: Scene, actions: NDArray[np.float64], known: NDArray[np.int8], attempts: int = ATTEMPTS
) -> NDArray[np.int8]:
    """The statuses of actions (action, 3) tried in order until one solves or the attempts are spent.

    What is known, (action,), is not simulated again; what comes after the end stays as it was.
    """
    statuses, spent = known.copy(), 0
    for index in range(len(actions)):
        if statuses[index] == UNTRIED:
            statuses[index] = attempt(scene, actions[index])[0]
        spent += statuses[index] != Status.INVALID
        if spent == attempts or statuses[index] == Status.SOLVED:
            break
    return statuses
