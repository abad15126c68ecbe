"""The checks by name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar

from worldmodels.model import WorldModel
from worldmodels.testing.case import Case

M = TypeVar("M", bound=WorldModel)
Check = Callable[[Case], None]
CHECKS: dict[str, Check] = {}
"""The checks by name, in the order in which they are best read."""
NEEDS: dict[str, type[WorldModel]] = {}
"""The ability that a check is about, by the check's name; models without it pass."""


def check(function: Check) -> Check:
    """Add a function to the checks, under its name without "check_"."""
    CHECKS[function.__name__.removeprefix("check_")] = function
    return function


def check_of(ability: type[M]) -> Callable[[Callable[[Case, M], None]], Check]:
    """Add a function to the checks that is about one ability: it gets the model too, if that has the ability."""

    def add(function: Callable[[Case, M], None]) -> Check:
        @functools.wraps(function)
        def run(case: Case) -> None:
            if isinstance(case.model, ability):
                function(case, case.model)

        NEEDS[function.__name__.removeprefix("check_")] = ability
        return check(run)

    return add
