"""`worldmodels bench`: benchmarks, each a ratio against a bare baseline in the same run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worldmodels.cli.options import read
from worldmodels.cli.table import show
from worldmodels.config import Settings
from worldmodels.errors import PluginError
from worldmodels.evaluation.evaluation import Evaluation, Result, exactly
from worldmodels.plugins.points import BENCHMARKS, calling, find, installed, load
from worldmodels.whole import check_place, write_file

GROUP = BENCHMARKS
"""Entry points of this group are benchmarks: functions without arguments that return rows."""


@dataclass(frozen=True)
class BenchOptions(Settings):
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
    if options.out is not None:
        check_place(Path(options.out))
    rows: list[dict[str, Any]] = []
    for name in [options.name] if options.name is not None else sorted(installed(GROUP)):
        try:
            measured = _measure(name)
        except PluginError as error:  # one that is broken leaves the others as they are
            if options.name is not None:
                raise
            print(f"{name} is left out: {error}")
            continue
        show([_readable(row) for row in measured])
        rows += measured
    if options.out is not None:
        write_file(Path(options.out), (json.dumps(rows, indent=2) + "\n").encode())
    return 1 if any(row.get("met") is False for row in rows) else 0


def _measure(name: str) -> list[dict[str, Any]]:
    """The rows of a benchmark."""
    plugin = find(GROUP, name)
    benchmark = load(plugin)
    with calling(plugin):
        return [{"benchmark": name, **row} for row in benchmark()]


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
class SpeedOptions(Settings):
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

    rows = _measure(options.benchmark)
    table = [list(_readable(row).values()) for row in rows]
    columns = [Column(name) for name in ("case", "value", "baseline", "ratio", "target", "met")]
    figures = {
        str(row["case"]): {name: exactly(row[name]) for name in ("value", "ratio") if row.get(name) is not None}
        for row in rows
    }
    return Result(figures, Report("Speed").add(Table(options.benchmark, columns, table)))


EVALUATION = Evaluation("speed", SpeedOptions, evaluate)
