"""Attempts at puzzles: one at a time, or very many over all cores."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldmodels_envs.phyre.action import ball, decode, fits, valid
from worldmodels_envs.phyre.scene import Scene
from worldmodels_envs.phyre.simulation import MAX_STEPS, simulate

CHUNK = 32
"""Attempts that a worker gets at once."""


class Status(IntEnum):
    """How an attempt ended, in PHYRE's codes; an invalid one does not count as an attempt."""

    NOT_SOLVED = -1
    INVALID = 0
    SOLVED = 1


def attempt_balls(
    scene: Scene, balls: ArrayLike, engine: str = "pymunk", max_steps: int = MAX_STEPS
) -> NDArray[np.int8]:
    """Status of each ball (ball, 3) of x, y, radius in pixels, each tried alone; shape (ball,)."""
    b = np.atleast_2d(np.asarray(balls, dtype=np.float64))
    statuses = np.full(len(b), Status.INVALID, dtype=np.int8)
    for index in np.flatnonzero(fits(scene, b)):
        x, y, radius = b[index]
        outcome = simulate(scene.with_balls((ball((x, y), radius),)), engine, max_steps)
        statuses[index] = Status.SOLVED if outcome.solved else Status.NOT_SOLVED
    return statuses


def attempt(scene: Scene, actions: ArrayLike, engine: str = "pymunk", max_steps: int = MAX_STEPS) -> NDArray[np.int8]:
    """Status of each action (action, 3), each tried alone; shape (action,)."""
    a = np.atleast_2d(np.asarray(actions, dtype=np.float64))
    statuses = np.full(len(a), Status.INVALID, dtype=np.int8)
    chosen = valid(scene, a)
    statuses[chosen] = attempt_balls(scene, decode(a[chosen]), engine, max_steps)
    return statuses


def simulate_many(
    scenes: Sequence[Scene],
    actions: ArrayLike,
    engine: str = "pymunk",
    workers: int | None = None,
    executor: Executor | None = None,
) -> NDArray[np.int8]:
    """Try many actions on many scenes, over all cores.

    The result does not depend on the number of workers. Worker processes start afresh, so a script that calls
    this needs the usual `if __name__ == "__main__":`.

    Args:
        scenes: the puzzles.
        actions: the actions of each, (scene, action, 3); invalid ones are told and not simulated.
        engine: "pymunk" or "box2d".
        workers: processes; all cores by default. 1 stays in this process.
        executor: processes to use instead of new ones, see `worker_pool`.

    Returns:
        `Status` codes, int8 (scene, action).
    """
    a = np.asarray(actions, dtype=np.float64)
    if a.ndim != 3 or a.shape[0] != len(scenes) or a.shape[2] != 3:
        raise ValueError(f"actions must have shape ({len(scenes)}, actions, 3) for as many scenes; got {a.shape}")
    if executor is None and workers == 1:
        return np.concatenate([attempt(s, t, engine)[None] for s, t in zip(scenes, a, strict=True)])
    if executor is None:
        with worker_pool(workers) as pool:
            return simulate_many(scenes, a, engine, executor=pool)
    pieces = [(index, start) for index in range(len(a)) for start in range(0, a.shape[1], CHUNK)]
    results = executor.map(
        attempt,
        [scenes[index] for index, _ in pieces],
        [a[index, start : start + CHUNK] for index, start in pieces],
        [engine] * len(pieces),
        chunksize=max(1, CHUNK // max(1, a.shape[1])),
    )
    statuses = np.zeros(a.shape[:2], dtype=np.int8)
    for (index, start), status in zip(pieces, results, strict=True):
        statuses[index, start : start + CHUNK] = status
    return statuses


@contextmanager
def worker_pool(workers: int | None = None) -> Iterator[Executor]:
    """Processes that simulate: as many as cores unless told otherwise."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    with ProcessPoolExecutor(workers or cores, mp_context=context) as pool:
        yield pool
