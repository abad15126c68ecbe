"""Outcomes kept in a file, so that nothing is simulated twice.

A file belongs to the shipped puzzles (`fingerprint`) and to a key, the numbers that its actions were made from; a
file of other puzzles or another key counts as missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldmodels_envs.phyre.attempt import simulate_many, worker_pool
from worldmodels_envs.phyre.tasks import fingerprint, task
from worldmodels_envs.whole import draft

BATCH = 100
"""Puzzles after which the file is written."""

Statuses = NDArray[np.int8]


def read_statuses(path: Path, key: NDArray[Any]) -> dict[str, Statuses]:
    """The statuses (action,) of each puzzle in a file; none where it is missing or of something else."""
    if not path.exists():
        return {}
    with np.load(path, allow_pickle=False) as file:
        if str(file["fingerprint"]) != fingerprint() or not np.array_equal(file["key"], key):
            return {}
        return dict(zip(file["ids"].tolist(), file["statuses"], strict=True))


def write_statuses(path: Path, key: NDArray[Any], done: Mapping[str, Statuses]) -> None:
    """Keep the statuses (action,) of puzzles; the file changes whole or not at all."""
    with draft(path) as ours, open(ours, "wb") as file:
        statuses = np.array(list(done.values()))
        np.savez_compressed(file, fingerprint=fingerprint(), key=key, ids=list(done), statuses=statuses)


def stored_statuses(
    path: Path,
    ids: Sequence[str],
    actions: Callable[[str], NDArray[np.float64]],
    key: NDArray[Any],
    workers: int | None = None,
) -> Statuses:
    """What actions do to puzzles, read from a file, or simulated and kept there.

    An interrupted run goes on where it stopped.

    Args:
        path: the file.
        ids: the puzzles.
        actions: the actions (action, 3) of a puzzle, as many for each.
        key: the numbers that `actions` depends on.
        workers: processes; all cores by default.

    Returns:
        `Status` codes, int8 (puzzle, action).
    """
    done = read_statuses(path, key)
    missing = [id for id in ids if id not in done]
    if missing:
        with worker_pool(workers) as pool:
            for start in range(0, len(missing), BATCH):
                some = missing[start : start + BATCH]
                statuses = simulate_many(
                    [task(id) for id in some], np.stack([actions(id) for id in some]), executor=pool
                )
                done.update(zip(some, statuses, strict=True))
                print(f"{path.name}: simulated {len(done)} of {len(ids)} puzzles", flush=True)
                write_statuses(path, key, done)
    return np.array([done[id] for id in ids])
