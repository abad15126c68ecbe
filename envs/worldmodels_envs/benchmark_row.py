"""`BenchmarkRow`: a row of a benchmark, as `worldmodels bench` prints it."""

from __future__ import annotations

from typing import TypedDict


class BenchmarkRow(TypedDict):
    """One figure beside what it is compared with.

    Attributes:
        case: What was measured.
        value: The figure.
        unit: Its unit.
        baseline: What it is compared with, in the same unit; None where nothing is.
        ratio: Of the value to the baseline.
        target: In words.
        met: Whether the target is met.
    """

    case: str
    value: float
    unit: str
    baseline: float | None
    ratio: float | None
    target: str
    met: bool


def at_least(least: float, case: str, value: float, unit: str, baseline: float | None = None) -> BenchmarkRow:
    """Return the row of a figure whose target is to be at least so large, in its unit."""
    return BenchmarkRow(
        case=case,
        value=value,
        unit=unit,
        baseline=baseline,
        ratio=None if baseline is None else value / baseline,
        target=f"at least {least:,g} {unit}",
        met=value >= least,
    )
