"""Error and KLs against the number of modules (the thesis' Figure 8.3).

    python -m experiments.module_counts runs/vim-1 runs/vim-2 runs/vim --out FOLDER

takes runs of the recipe, measures them on the same videos, and leaves a report and the plot.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from worldmodels.evaluation.intervals import Estimate, mean_interval
from worldmodels.evaluation.report import Column, Curve, Report, Table, curves_figure
from worldmodels_vim.checkpoints import load_vim
from worldmodels_vim.evaluate import RulesOptions, make_truth
from worldmodels_vim.model import VIM
from worldmodels_vim.rules import Findings, findings

MOVES = 10
"""Over which the thesis means error and KL."""


class Ablation(NamedTuple):
    """What was measured.

    Attributes:
        report: Table and plot.
        plot: The plot, an SVG.
        figures: In JSON types by the number of modules.
    """

    report: Report
    plot: bytes
    figures: dict[int, dict[str, Any]]


def ablation(models: Sequence[VIM], videos: int = 100) -> Ablation:
    """Measure models of different numbers of modules.

    Args:
        models: One for each number of modules, of one selection a frame.
        videos: Of the paper's three balls, each of a first frame and ten moves.
    """
    truth = make_truth(RulesOptions("", videos=videos, length=MOVES + 1))
    found = {model.module_count: findings(model, truth) for model in models}
    rows = {count: _estimates(found[count]) for count in sorted(found)}
    purities = {count: _purity(result) for count, result in found.items()}
    labels = list(next(iter(rows.values())))
    columns = [Column("modules"), Column("purity", True), *(Column(label, False) for label in labels)]
    cells = [[count, purities[count], *row.values()] for count, row in rows.items()]
    curves = [Curve(label, list(rows), [row[label] for row in rows.values()]) for label in labels]
    plot = curves_figure("Error and KLs", curves, xlabel="modules", ylabel="a frame", note="95% bands over videos.")
    report = Report("Number of modules", {"videos": videos, "moves": MOVES})
    report.add(Table("Figures", columns, cells, "Means over videos with their 95% intervals."), plot)
    figures = {count: {label: value.to_json() for label, value in row.items()} for count, row in rows.items()}
    return Ablation(report, plot.image, {n: {"purity": purities[n], **row} for n, row in figures.items()})


def _purity(result: Findings) -> float:
    assert result.table is not None
    return result.table.purity


def _estimates(result: Findings) -> dict[str, Estimate]:
    followed = result.followed
    return {
        "squared error": _over_videos(followed.errors[:, 1:]),
        "KL of modules (nats)": _over_videos(followed.module_kl),
        "KL of updates (nats)": _over_videos(followed.update_kl),
    }


def _over_videos(values: Tensor) -> Estimate:
    return mean_interval(values.double().mean(1).cpu().numpy())


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m experiments.module_counts")
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--videos", type=int, default=100)
    parser.add_argument("--out", type=Path, default=Path("runs/vim_ablation"))
    given = parser.parse_args()
    measured = ablation([load_vim(run / "checkpoint") for run in given.runs], given.videos)
    print(json.dumps(measured.figures))
    print(f"report: {measured.report.write(given.out)}")
    (given.out / "ablation.svg").write_bytes(measured.plot)


if __name__ == "__main__":
    main()
