"""The report of the snitch task: one table of all videos, two by what makes it hard, and how heads learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from worldmodels.errors import InputError
from worldmodels.evaluation.intervals import Estimate
from worldmodels.evaluation.report import Cell, Column, Curve, Figure, Report, Table, curves_figure
from worldmodels_envs.cater import score_snitch
from worldmodels_snitch.evaluation import SnitchResult

POINTS = 40


def snitch_report(result: SnitchResult, *, provenance: Mapping[str, object] | None = None) -> Report:
    """All models and baselines in the same tables.

    Args:
        result: What was measured.
        provenance: Where the figures are from.

    Raises:
        InputError: where nothing was measured.
    """
    if not result.scores:
        raise InputError("there is nothing to report: give checkpoints or baselines.")
    groups = snitch_groups(result)
    report = Report("Snitch localisation", provenance)
    report.add(_table(groups["all"], len(result.videos)))
    others = {name: rows for name, rows in groups.items() if name != "all"}
    if others:
        report.add(_split("Top-1 (%) by what is seen at the end", others, "top1", True))
        report.add(_split("L1 (cells) by what is seen at the end", others, "l1", False))
    if result.losses:
        report.add(_learning(result))
    for name, reason in result.left_out.items():
        report.leave_out(name, reason)
    return report


def snitch_groups(result: SnitchResult) -> dict[str, dict[str, dict[str, Estimate]]]:
    """Group of videos to predictor to "top1" and "top5" in per cent and "l1" in cells, with 95% intervals.

    Groups are "all" and, where recorded, by containment and by visibility on the last frame; empty ones are missing.
    """
    groups: dict[str, dict[str, dict[str, Estimate]]] = {}
    videos = result.videos
    for name, scores in result.scores.items():
        for row in score_snitch(scores, videos.labels, videos.contained, videos.visibility):
            if row.videos:
                groups.setdefault(row.group, {})[name] = {
                    "top1": _estimate(row.top1, row.videos, 100),
                    "top5": _estimate(row.top5, row.videos, 100),
                    "l1": _estimate(row.l1, row.videos),
                }
    return groups


def _estimate(interval: Any, videos: int, scale: float = 1.0) -> Estimate:
    mean, low, high = (scale * float(value) for value in interval)
    return Estimate(mean, low, high, videos)


def _table(rows: Mapping[str, Mapping[str, Estimate]], videos: int) -> Table:
    columns = [Column("predictor"), Column("top-1 (%)", True), Column("top-5 (%)", True), Column("L1 (cells)", False)]
    cells: list[list[Cell]] = [[name, row["top1"], row["top5"], row["l1"]] for name, row in rows.items()]
    note = (
        f"{videos} test videos, 36 cells. Top-1 and top-5 with half the width of Wilson's 95% interval, whose ends are "
        "in the JSON; L1 is |dx| + |dy| between the best cell and the right one."
    )
    return Table("Where is the snitch on the last frame?", columns, cells, note=note)


def _split(title: str, groups: Mapping[str, Mapping[str, Mapping[str, Estimate]]], metric: str, higher: bool) -> Table:
    some = {name: next(iter(rows.values()))[metric].n for name, rows in groups.items()}
    columns = [Column("predictor"), *(Column(f"{name} (n={n})", higher) for name, n in some.items())]
    predictors = next(iter(groups.values()))
    cells: list[list[Cell]] = [[name, *(rows[name][metric] for rows in groups.values())] for name in predictors]
    return Table(title, columns, cells)


def _learning(result: SnitchResult) -> Figure:
    curves = [Curve(name, *_thinned(losses)) for name, losses in result.losses.items()]
    note = "Cross-entropy plus the distance in cells, on training videos; means over stretches of steps."
    return curves_figure("How the heads learned", curves, xlabel="step", ylabel="loss", note=note)


def _thinned(losses: list[float]) -> tuple[list[float], list[float]]:
    parts = np.array_split(np.asarray(losses), min(POINTS, len(losses)))
    ends = np.cumsum([len(part) for part in parts])
    return ends.tolist(), [float(part.mean()) for part in parts]
