"""`worldmodels bench`: benchmarks, each a ratio against a bare baseline in the same run."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worldmodels.cli.options import read
from worldmodels.cli.table import show
from worldmodels.errors import PluginError, UnknownNameError
from worldmodels.evaluation.evaluation import Evaluation, Result, exactly

GROUP = "worldmodels.benchmarks"
"""Entry points of this group are benchmarks: functions without arguments that return rows."""


@dataclass(frozen=True)
class BenchOptions:
    """Measures speed; each row names its baseline, measured in the same run.

    Attributes:
        name: One benchmark; all that are installed by default.
        out: A JSON file to write the rows to.
    """

    name: str | None = None
    out: str | None = None


def run(words: Sequence[str]) -> int:
    """Run benchmarks; 1 if one misses its target."""
    options = read(BenchOptions, "bench", words, positional="name")
    points = {point.name: point for point in importlib.metadata.entry_points(group=GROUP)}
    if options.name is not None and options.name not in points:
        raise UnknownNameError("benchmark", options.name, points)
    rows: list[dict[str, Any]] = []
    for name in [options.name] if options.name is not None else sorted(points):
        try:
            measured = [{"benchmark": name, **row} for row in points[name].load()()]
        except ImportError as error:
            if options.name is not None:
                raise PluginError(f"benchmark {name!r} needs what is not installed: {error}") from error
            print(f"{name} is left out: {error}")
            continue
        show([_readable(row) for row in measured])
        rows += measured
    if options.out is not None:
        Path(options.out).write_text(json.dumps(rows, indent=2) + "\n")
    return 1 if any(row.get("met") is False for row in rows) else 0


def _readable(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "benchmark": f"{row['benchmark']}: {row['case']}",
        "value": f"{row['value']:,.6g} {row['unit']}",
        "baseline": "" if row.get("baseline") is None else f"{row['baseline']:,.6g}",
        "ratio": "" if row.get("ratio") is None else f"{row['ratio']:.3f}",
        "target": str(row.get("target") or ""),
        "met": {True: "yes", False: "NO", None: ""}[row.get("met")],
    }


@dataclass(frozen=True)
class SpeedOptions:
    """One benchmark as an evaluation.

    Attributes:
        benchmark: Its name.
        out: The report's folder.
    """

    benchmark: str
    out: str = "runs/speed"


def evaluate(options: SpeedOptions) -> Result:
    """Value and ratio of each case of a benchmark."""
    from worldmodels.evaluation.report import Column, Report, Table

    points = {point.name: point for point in importlib.metadata.entry_points(group=GROUP)}
    if options.benchmark not in points:
        raise UnknownNameError("benchmark", options.benchmark, points)
    rows = points[options.benchmark].load()()
    table = [list(_readable({"benchmark": options.benchmark, **row}).values()) for row in rows]
    columns = [Column(name) for name in ("case", "value", "baseline", "ratio", "target", "met")]
    figures = {
        str(row["case"]): {name: exactly(row[name]) for name in ("value", "ratio") if row.get(name) is not None}
        for row in rows
    }
    return Result(figures, Report("Speed").add(Table(options.benchmark, columns, table)))


EVALUATION = Evaluation("speed", SpeedOptions, evaluate)
