"""Several ways of doing one thing, timed in turns, so that a busy machine slows all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from statistics import median

Side = Callable[[], object]


def least(sides: Sequence[Side], rounds: int) -> list[float]:
    """Each side's least seconds of some turns, after one that does not count."""
    return [min(seconds) for seconds in zip(*islice(_turns(sides), rounds), strict=True)]


def least_within(sides: Sequence[Side], seconds: float) -> list[float]:
    """Each side's least seconds of the turns that begin within so many seconds, and of one at least."""
    end = time.perf_counter() + seconds
    best: list[float] = []
    for turn in _turns(sides):
        best = [min(pair) for pair in zip(best or turn, turn, strict=True)]
        if time.perf_counter() >= end:
            break
    return best


def medians(sides: Sequence[Side], rounds: int) -> list[float]:
    """Each side's median seconds of some turns, after one that does not count."""
    return [median(seconds) for seconds in zip(*islice(_turns(sides), rounds), strict=True)]


def seconds_of(side: Side) -> float:
    """How long one call takes."""
    begin = time.perf_counter()
    side()
    return time.perf_counter() - begin


def _turns(sides: Sequence[Side]) -> Iterator[tuple[float, ...]]:
    """The seconds of each side, turn by turn without end; each has been called once before."""
    for side in sides:
        side()
    while True:
        yield tuple(seconds_of(side) for side in sides)
