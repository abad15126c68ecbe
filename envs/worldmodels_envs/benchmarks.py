"""How fast the generators are on this machine, against the targets they were built for."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from typing import Any

import gymnasium

from worldmodels_envs import moving_digits, random_walk
from worldmodels_envs.benchmark_row import BenchmarkRow, at_least

BATCHED_TARGET = 100_000
SINGLE_TARGET = 20_000


def generators() -> list[BenchmarkRow]:
    """Measure the generators, each for about a second, on one core.

    Returns:
        One row per case.
    """
    rows = [at_least(BATCHED_TARGET, "Random Walk, data set in memory", _frames_per_second(_random_walk), "frames/s")]
    for name in ("RandomWalk", "RandomWalkReach"):
        rows.append(at_least(SINGLE_TARGET, f"{name}-v0, one environment", _steps_per_second(name), "steps/s"))
    # Its digits are scikit-learn's, which is an extra.
    if importlib.util.find_spec("sklearn"):
        speed = _frames_per_second(_moving_digits)
        rows.append(at_least(BATCHED_TARGET, "Moving digits of 64 x 64, data set in memory", speed, "frames/s"))
    return rows


def _random_walk(videos: int, length: int) -> None:
    random_walk.generate("atomic", videos, length, masks=False)


def _moving_digits(videos: int, length: int) -> None:
    moving_digits.generate("stochastic", videos, length)


def _frames_per_second(make: Callable[[int, int], None], videos: int = 1000, length: int = 20) -> float:
    return videos * length / _shortest(lambda: make(videos, length), repeats=5)


def _steps_per_second(name: str, steps: int = 5000) -> float:
    env = gymnasium.make(f"worldmodels_envs:worldmodels/{name}-v0")
    env.reset(seed=0)
    env.action_space.seed(0)
    actions = [env.action_space.sample() for _ in range(steps)]

    def play() -> None:
        for action in actions:
            _, _, terminated, truncated, _ = env.step(action)
            if terminated or truncated:
                env.reset()

    return steps / _shortest(play, repeats=5)


def _shortest(run: Callable[[], Any], repeats: int) -> float:
    """Return the seconds of the fastest of several runs: the one that other processes disturbed least."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds)
