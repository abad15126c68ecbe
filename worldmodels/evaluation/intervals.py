"""Means, success rates and differences with 95% confidence intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldmodels.errors import InputError

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A figure with the interval that holds it 95 times in 100.

    Attributes:
        mean: The figure.
        low: The lower end; NaN where there is too little to say.
        high: The upper end; NaN likewise.
        n: How many independent values the figure is from.
    """

    mean: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        if not math.isfinite(self.high - self.low):
            return f"{self.mean:.4g} (n={self.n})"
        half = (self.high - self.low) / 2
        digits = min(6, max(0, 1 - math.floor(math.log10(half)))) if half > 0 else 3
        return f"{self.mean:.{digits}f} ± {half:.{digits}f}"

    def to_json(self) -> dict[str, Any]:
        """The figure, its interval and the count; a missing end is null."""
        low, high = (v if math.isfinite(v) else None for v in (self.low, self.high))
        return {"mean": self.mean, "low": low, "high": high, "n": self.n}


def mean_interval(values: ArrayLike) -> Estimate:
    """The mean of independent values within Student's t interval; one value has none.

    Raises:
        InputError: where there is no value, or one is not finite.
    """
    array = _values(values)
    half = _student(len(array) - 1) * _standard_error(array)
    mean = float(array.mean())
    return Estimate(mean, mean - half, mean + half, len(array))


def success_interval(successes: int, trials: int) -> Estimate:
    """A success rate within Wilson's score interval (Wilson, 1927), which never leaves [0, 1].

    Raises:
        InputError: unless 0 <= successes <= trials and trials > 0.
    """
    if not 0 <= successes <= trials or trials < 1:
        raise InputError(f"{successes} successes of {trials} trials: success within at least one trial.")
    from scipy.stats import binomtest

    interval = binomtest(successes, trials).proportion_ci(LEVEL, method="wilson")
    return Estimate(successes / trials, float(interval.low), float(interval.high), trials)


def paired_difference(first: ArrayLike, second: ArrayLike) -> Estimate:
    """Mean of first - second where value i of both is of the same video, seed or episode.

    Raises:
        InputError: where the lengths differ, or a value is not finite.
    """
    a, b = _values(first), _values(second)
    if len(a) != len(b):
        raise InputError(f"{len(a)} and {len(b)} values cannot be paired; use `difference`.")
    return mean_interval(a - b)


def difference(first: ArrayLike, second: ArrayLike) -> Estimate:
    """Mean of first minus mean of second, of independent groups of any sizes and spreads; n is the smaller one.

    Student's t with the degrees of freedom of Welch (1947).

    Raises:
        InputError: where there is no value, or one is not finite.
    """
    a, b = _values(first), _values(second)
    gap, errors = float(a.mean() - b.mean()), (_standard_error(a), _standard_error(b))
    half = math.hypot(*errors)
    if half > 0:  # neither NaN nor two groups of equal values
        shares = [(error / half) ** 4 / (len(group) - 1) for error, group in zip(errors, (a, b), strict=True)]
        half *= _student(1 / sum(shares))
    return Estimate(gap, gap - half, gap + half, min(len(a), len(b)))


def _values(values: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not array.size or not np.isfinite(array).all():
        raise InputError(f"values {array.shape} are not a list of finite numbers with at least one of them.")
    return array


def _standard_error(array: NDArray[np.float64]) -> float:
    return float(array.std(ddof=1) / math.sqrt(len(array))) if len(array) > 1 else math.nan


def _student(freedom: float) -> float:
    """Student's t that 95% lie within on both sides; NaN without a degree of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + LEVEL) / 2))
