"""How fast the generators are on this machine, against the targets they were built for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import gymnasium

from worldmodels_envs.random_walk import generate

BATCHED_TARGET = 100_000
SINGLE_TARGET = 20_000


def generators() -> list[dict[str, Any]]:
    """Measure the generators, each for about a second, on one core.

    Returns:
        One row per case with `case`, `value`, `unit`, `baseline`, `ratio` (None where nothing is compared),
        `target` in words and whether it was `met`.
    """
    return [
        _row("Random Walk, data set in memory", _frames_per_second(), "frames/s", BATCHED_TARGET),
        _row("RandomWalk-v0, one environment", _steps_per_second("RandomWalk"), "steps/s", SINGLE_TARGET),
        _row(
            "RandomWalkReach-v0, one environment",
            _steps_per_second("RandomWalkReach"),
            "steps/s",
            SINGLE_TARGET,
        ),
    ]


def _frames_per_second(videos: int = 1000, length: int = 20) -> float:
    return videos * length / _shortest(lambda: generate("atomic", videos, length), repeats=5)


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


def _row(case: str, value: float, unit: str, target: int) -> dict[str, Any]:
    return {
        "case": case,
        "value": value,
        "unit": unit,
        "baseline": None,
        "ratio": None,
        "target": f"at least {target:,} {unit}",
        "met": value >= target,
    }
