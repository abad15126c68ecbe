"""`Evaluation`: the one form of all evaluations, so that claims and comparisons use them without a shell."""

from __future__ import annotations

import importlib.metadata
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from worldmodels.errors import InputError, UnknownNameError
from worldmodels.evaluation.intervals import Estimate

if TYPE_CHECKING:
    from worldmodels.evaluation.report import Report

GROUP = "worldmodels.evaluations"
"""Entry points of this group are evaluations: "module:EVALUATION"."""
RESULT = "result.json"

C = TypeVar("C")


@dataclass(frozen=True)
class Result:
    """What an evaluation measured.

    Attributes:
        figures: Subject, such as a checkpoint's path or a baseline's name, to name to figure. Names are identifiers
            with the unit at their end where it is not plain, such as "ball_error_px".
        report: The same to look at.
    """

    figures: Mapping[str, Mapping[str, Estimate]]
    report: Report = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """The figures in JSON types."""
        return {
            subject: {name: figure.to_json() for name, figure in figures.items()}
            for subject, figures in self.figures.items()
        }

    def write(self, folder: str | Path) -> Path:
        """Write the report and `result.json` into a folder; returns the report's page."""
        from worldmodels.whole_file import write_whole

        page = self.report.write(folder)
        write_whole(Path(folder) / RESULT, (json.dumps(self.to_json(), indent=1, allow_nan=False) + "\n").encode())
        return page


@dataclass(frozen=True)
class Evaluation(Generic[C]):
    """What an entry point of the group `worldmodels.evaluations` names.

    Importing it must be cheap: `run` imports what it needs when it is called.

    Attributes:
        name: As in `worldmodels evaluate NAME`.
        config: A frozen dataclass whose docstring explains its settings. By convention `out` is the report's folder,
            and `checkpoints` (or `checkpoint`) are the trained models, where it takes some.
        run: Measures.
    """

    name: str
    config: type[C]
    run: Callable[[C], Result]


def exactly(value: float) -> Estimate:
    """A figure without an interval, such as a count."""
    return Estimate(float(value), math.nan, math.nan, 1)


def evaluations() -> dict[str, importlib.metadata.EntryPoint]:
    """The installed evaluations by name; nothing is imported."""
    return {point.name: point for point in importlib.metadata.entry_points(group=GROUP)}


def load_evaluation(name: str) -> Evaluation[Any]:
    """An installed evaluation, or one that lies beside a package and is no entry point, as "module:NAME".

    Raises:
        UnknownNameError: where there is none of that name.
        InputError: where the entry point is no `Evaluation`, or needs a package that is not installed.
    """
    points = evaluations()
    if ":" in name:
        points[name] = importlib.metadata.EntryPoint(name, name, GROUP)
    if name not in points:
        raise UnknownNameError("evaluation", name, points)
    try:
        found = points[name].load()
    except (ImportError, AttributeError) as error:
        raise InputError(f"evaluation {name!r} needs what is not installed: {error}.") from error
    if not isinstance(found, Evaluation):
        raise InputError(f"evaluation {name!r} ({points[name].value}) is no worldmodels.evaluation.Evaluation.")
    return found


def checkpoint_paths(given: str | Sequence[str]) -> tuple[str, ...]:
    """One path or several, as the setting `checkpoints` takes them."""
    return (given,) if isinstance(given, str) else tuple(given)
