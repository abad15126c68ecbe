"""`examine`: the checks run without pytest, and what they found."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from worldmodels.model import WorldModel
from worldmodels.testing.case import Case, ConformanceError
from worldmodels.testing.checks import CHECKS
from worldmodels.testing.checks.registry import NEEDS


@dataclass(frozen=True)
class Finding:
    """What one check says of a model in one world.

    Attributes:
        check: The check's name.
        world: The world's name.
        found: What the model did against the contract, or `None` if it keeps it.
        contract: What the contract says.
    """

    check: str
    world: str
    found: str | None = None
    contract: str = ""


def examine(cases: Mapping[str, Case], checks: Iterable[str] = CHECKS) -> Iterator[Finding]:
    """Run checks in each world, one finding each.

    Args:
        cases: The model and its input by world.
        checks: The names of the checks.
    """
    for check in checks:
        for world, case in cases.items():
            yield _try(check, world, case)


def applying(case: Case) -> tuple[str, ...]:
    """The checks that apply to a model: all but those of abilities that it does not claim."""
    return tuple(check for check in CHECKS if isinstance(case.model, NEEDS.get(check, WorldModel)))


def explain(check: str) -> str:
    """What a check is about, in one line."""
    return (inspect.getdoc(CHECKS[check]) or "").partition("\n")[0]


def home(check: str) -> str:
    """Where a check can be read: "file:line"."""
    function = inspect.unwrap(CHECKS[check])
    return f"{inspect.getsourcefile(function)}:{inspect.getsourcelines(function)[1]}"


def _try(check: str, world: str, case: Case) -> Finding:
    try:
        CHECKS[check](case)
    except ConformanceError as error:
        return Finding(check, world, error.found, error.contract)
    # A third party's model may raise anything; it is reported with the place, and the other checks go on.
    except Exception as error:
        return Finding(check, world, _describe(error), explain(check))
    return Finding(check, world)


def _describe(error: Exception) -> str:
    place = traceback.extract_tb(error.__traceback__)[-1]
    message = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__} was raised in {place.filename}:{place.lineno}: {message}"
