"""The checks by name."""

from __future__ import annotations

from collections.abc import Callable

from worldmodels.testing.case import Case

Check = Callable[[Case], None]
CHECKS: dict[str, Check] = {}
"""The checks by name, in the order in which they are best read."""


def check(function: Check) -> Check:
    """Add a function to the checks, under its name without "check_"."""
    CHECKS[function.__name__.removeprefix("check_")] = function
    return function
