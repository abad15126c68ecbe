"""`worldmodels evaluate NAME`: one evaluation; they are entry points, so distributions add their own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from worldmodels.cli.options import read
from worldmodels.cli.table import show_report
from worldmodels.errors import InputError
from worldmodels.evaluation.evaluation import RESULT, Evaluation, evaluations, load_evaluation
from worldmodels.whole import check_place, sweep
from worldmodels.worlds.choice import WorldOptions


def run(words: Sequence[str]) -> None:
    """Run the evaluation that the first word names, print its tables, and say where its report is."""
    names = " | ".join(sorted(evaluations()))
    if not words:
        raise InputError(f"worldmodels evaluate needs a name: {names}.")
    if words[0] in ("-h", "--help"):
        print(f"usage: worldmodels evaluate {{{names}}} [setting=value ...]")
        return
    measure(load_evaluation(words[0]), words[1:])


def measure(evaluation: Evaluation[object], words: Sequence[str]) -> None:
    """Measure as the words say; `result.json` has the figures, beside the report.

    Args:
        evaluation: Which.
        words: Settings, `name=value`.
    """
    groups = ("world",) if issubclass(evaluation.config, WorldOptions) else ()
    options = read(evaluation.config, f"evaluate {evaluation.name}", words, groups=groups)
    folder = Path(getattr(options, "out", None) or f"runs/{evaluation.name}")
    check_place(folder / RESULT)
    sweep(folder)
    result = evaluation.run(options)
    result.report.provenance.setdefault("command", " ".join(["worldmodels evaluate", evaluation.name, *words]))
    result.write(folder)
    show_report(result.report, folder)
