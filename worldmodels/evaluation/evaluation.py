"""`Evaluation`: the one form of all evaluations, so that claims and comparisons use them without a shell."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from worldmodels.errors import PluginError
from worldmodels.evaluation.intervals import Estimate
from worldmodels.plugins.points import EVALUATIONS, Plugin, calling, find, installed, load

if TYPE_CHECKING:
    from worldmodels.evaluation.report import Report

GROUP = EVALUATIONS
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
        from worldmodels.whole import write_file

        page = self.report.write(folder)
        write_file(Path(folder) / RESULT, (json.dumps(self.to_json(), indent=1, allow_nan=False) + "\n").encode())
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


def evaluations() -> dict[str, Plugin]:
    """The installed evaluations by name; nothing is imported."""
    return installed(GROUP)


def load_evaluation(name: str) -> Evaluation[Any]:
    """An installed evaluation, or one that lies beside a package and is no entry point, as "module:NAME".

    Raises:
        UnknownNameError: where there is none of that name.
        PluginError: where the entry point cannot be imported, or is no `Evaluation`.
    """
    plugin = Plugin(name, name, "no distribution", "0", group=GROUP) if ":" in name else find(GROUP, name)
    found = load(plugin)
    if not isinstance(found, Evaluation):
        raise PluginError(f"{plugin} is no worldmodels.evaluation.Evaluation.")
    return dataclasses.replace(found, run=_named(plugin, found.run))


def _named(plugin: Plugin, run: Callable[[Any], Result]) -> Callable[[Any], Result]:
    """The same, whose errors name the plugin."""

    def measure(options: Any) -> Result:
        with calling(plugin):
            return run(options)

    return measure


def checkpoint_paths(given: str | Sequence[str]) -> tuple[str, ...]:
    """One path or several, as the setting `checkpoints` takes them."""
    return (given,) if isinstance(given, str) else tuple(given)
