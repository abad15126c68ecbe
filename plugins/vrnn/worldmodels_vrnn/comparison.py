"""The ablation's rows side by side, over all seeds that were run.

    python -m worldmodels_vrnn.comparison FOLDER

prints a Markdown table of every `result.json` that `worldmodels_vrnn.ablation` left somewhere under FOLDER.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from worldmodels.errors import InputError
from worldmodels_vrnn.ablation import ROWS

COLUMNS = ("row", "parameters", "seeds", "test loss + KL", "test loss", "test KL", "active channels")


def compare(folder: str | Path) -> str:
    """The table, rows in the order of `ROWS`, each figure as mean (least to most) over the seeds.

    Raises:
        InputError: where there are no results, or results of different settings.
    """
    results = [json.loads(path.read_text()) for path in sorted(Path(folder).rglob("result.json"))]
    if not results:
        raise InputError(f"no result.json lies under {str(folder)!r}; python -m worldmodels_vrnn.ablation writes them.")
    budgets = {(result["steps"], result["width"], result["pixels"]) for result in results}
    if len(budgets) > 1:
        raise InputError(f"the results under {str(folder)!r} differ in (steps, width, pixels): {sorted(budgets)}.")
    runs = {row: [result for result in results if result["row"] == row] for row in ROWS}
    lines = [COLUMNS, ("---",) * len(COLUMNS), *(_line(row, found) for row, found in runs.items() if found)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _line(row: str, runs: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    tests = [run["test"] for run in runs]
    figures = [[test["objective"] for test in tests], [test["loss"] for test in tests]]
    figures.append([sum(test["kl"].values()) for test in tests])
    active = _spread([test["active"]["all"] for test in tests], "{:.0%}")
    return f"`{row}`", f"{runs[0]['parameters']:,}", str(len(runs)), *map(_spread, figures), active


def _spread(values: Sequence[float], form: str = "{:.1f}") -> str:
    """Mean and, of more than one value, the range."""
    centre, low, high = (form.format(value) for value in (mean(values), min(values), max(values)))
    return f"{centre} ({low} to {high})" if len(values) > 1 else centre


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m worldmodels_vrnn.comparison")
    parser.add_argument("folder", type=Path)
    print(compare(parser.parse_args().folder))


if __name__ == "__main__":
    main()
