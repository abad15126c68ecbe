"""The ablation's rows side by side, over all seeds that were run.

    python -m experiments.digits_table FOLDER [--plot FILE]

prints a Markdown table of every `result.json` that `experiments.digits_ablation` left somewhere under FOLDER, and draws
which latent channels `naive` and `dense-warm-up` use.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from experiments.channel_activity import Runs, plot_activity
from experiments.digits_ablation import ROWS
from worldmodels.errors import InputError, WorldModelsError

COLUMNS = ("row", "parameters", "CPU s", "seeds", "test loss + KL", "test loss", "test KL", "active channels")
FIELDS = {"row", "steps", "width", "pixels", "parameters", "cpu_seconds", "test"}
PLOTTED = ("naive", "dense-warm-up")


def collect(folder: str | Path) -> Runs:
    """The results under a folder by row, in the order of `ROWS`.

    Raises:
        InputError: where there are no results, other files of that name, or results of different settings.
    """
    results = [_read(path) for path in sorted(Path(folder).rglob("result.json"))]
    if not results:
        raise InputError(
            f"no result.json lies under {str(folder)!r}; python -m experiments.digits_ablation writes them."
        )
    budgets = {(result["steps"], result["width"], result["pixels"]) for result in results}
    if len(budgets) > 1:
        raise InputError(f"the results under {str(folder)!r} differ in (steps, width, pixels): {sorted(budgets)}.")
    runs = {row: [result for result in results if result["row"] == row] for row in ROWS}
    return {row: found for row, found in runs.items() if found}


def _read(path: Path) -> dict[str, Any]:
    try:
        result = json.loads(path.read_text())
    except ValueError as error:
        raise InputError(f"{str(path)!r} is not JSON: {error}") from error
    if not isinstance(result, dict) or not result.keys() >= FIELDS:
        raise InputError(f"{str(path)!r} is no result of python -m experiments.digits_ablation; move it away.")
    return result


def table(runs: Runs) -> str:
    """In Markdown, each figure as mean (least to most) over the seeds."""
    lines = [COLUMNS, ("---",) * len(COLUMNS), *(_line(row, found) for row, found in runs.items())]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _line(row: str, runs: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    tests = [run["test"] for run in runs]
    figures = [[test["objective"] for test in tests], [test["loss"] for test in tests]]
    figures.append([sum(test["kl"].values()) for test in tests])
    active = _spread([test["active"]["all"] for test in tests], "{:.0%}")
    seconds = f"{mean(run['cpu_seconds'] for run in runs):.0f}"
    return f"`{row}`", f"{runs[0]['parameters']:,}", seconds, str(len(runs)), *map(_spread, figures), active


def _spread(values: Sequence[float], form: str = "{:.1f}") -> str:
    """Mean and, of more than one value, the range."""
    centre, low, high = (form.format(value) for value in (mean(values), min(values), max(values)))
    return f"{centre} ({low} to {high})" if len(values) > 1 else centre


def main() -> None:
    """Print the table, and draw the plot if asked to."""
    parser = argparse.ArgumentParser(prog="python -m experiments.digits_table")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--plot", type=Path, metavar="FILE", help="of active channels, .svg or .png")
    given = parser.parse_args()
    try:
        runs = collect(given.folder)
        print(table(runs))
        if given.plot:
            plot_activity(_plotted(runs), given.plot)
    except WorldModelsError as error:
        parser.error(str(error))


def _plotted(runs: Runs) -> Runs:
    missing = [row for row in PLOTTED if row not in runs]
    if missing:
        raise InputError(f"no result of {' and '.join(missing)}; the plot shows {' and '.join(PLOTTED)}.")
    return {row: runs[row] for row in PLOTTED}


if __name__ == "__main__":
    main()
