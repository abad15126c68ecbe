"""The report of rules: figures, the module-rule table, purity by place, errors over time."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from torch import Tensor

from worldmodels.evaluation.intervals import Estimate, mean_interval
from worldmodels.evaluation.report import Cell, Column, Curve, Figure, Report, Table, curves_figure
from worldmodels_vim.matching import RuleTable
from worldmodels_vim.rules import GAPS, REGIONS, Findings

DIRECTIONS = ("left", "right", "up", "down")
SHORT = 5
"""Frames over which the paper's Table 8.4 means its error."""


def rules_report(results: Mapping[str, Findings], provenance: Mapping[str, object]) -> Report:
    """All models in one table and in the same plots.

    Args:
        results: Name to findings, on the same videos.
        provenance: Where the figures are from.
    """
    report = Report("Rules and objects", provenance)
    report.add(_summary(results))
    for name, result in results.items():
        if result.table is not None:
            report.add(_modules(name, result.table), _places(name, result))
        report.add(_gaps(name, result))
    report.add(_over_time("Distance of slots from balls", "px", {n: r.followed.distances for n, r in results.items()}))
    errors = {name: result.followed.errors for name, result in results.items()}
    return report.add(_over_time("Reconstruction error", "squared error summed over a frame", errors))


def _summary(results: Mapping[str, Findings]) -> Table:
    columns = [
        Column("model"),
        Column("purity", True),
        Column("unmatched modules", False),
        Column("foreground ARI", True),
        Column(f"MSE of {SHORT} frames", False),
        Column("MSE of all frames", False),
        Column("ball error (px)", False),
        Column("module KL (nats a step)"),
        Column("update KL (nats a step)"),
    ]
    note = (
        "Selections are the most likely ones, updates their means. Purity: share of moves whose ball's slot selected "
        "the module matched with the move's rule. MSE: squared error summed over a frame. 95% intervals over videos."
    )
    return Table("Figures", columns, [_row(name, result) for name, result in results.items()], note)


def _row(name: str, result: Findings) -> list[Cell]:
    followed, table = result.followed, result.table
    every = followed.errors.shape[1]
    return [
        name,
        None if table is None else table.purity,
        None if table is None else table.unmatched,
        interval(followed.agreement),
        mean_interval(result.error(SHORT).cpu().numpy()),
        mean_interval(result.error(every).cpu().numpy()),
        interval(followed.distances),
        interval(followed.module_kl),
        interval(followed.update_kl),
    ]


def _modules(name: str, table: RuleTable) -> Table:
    shares = table.counts / table.counts.sum(1, keepdim=True).clamp_min(1)
    columns = [Column("rule"), *(Column(f"module {m}") for m in range(shares.shape[1])), Column("matched with")]
    rows: list[list[Cell]] = [
        [rule, *row.tolist(), f"module {int(m)}"]
        for rule, row, m in zip(DIRECTIONS, shares, table.modules, strict=False)
    ]
    return Table(
        f"Modules by rules: {name}", columns, rows, "The share of each rule's moves that each module explains."
    )


def _places(name: str, result: Findings) -> Table:
    columns = [Column("purity of"), *(Column(str(n)) for n in range(REGIONS**2))]
    nothing: list[Cell] = [None] * REGIONS**2
    balls = [*result.by_ball, *nothing][: REGIONS**2]
    rules = [*(result.table.by_rule if result.table else []), *nothing][: REGIONS**2]
    rows: list[list[Cell]] = [["rules", *rules], ["balls", *balls], ["regions, row by row", *result.by_position]]
    return Table(f"Purity apart: {name}", columns, rows)


def _gaps(name: str, result: Findings) -> Table:
    columns = [Column("nearest balls (px)"), Column("share of frames"), Column("foreground ARI"), Column("MSE")]
    rows: list[list[Cell]] = [
        [f"{low:g} to {high:g}", *figures] for (low, high), figures in zip(pairwise(GAPS), result.by_gap(), strict=True)
    ]
    return Table(f"By how close balls are: {name}", columns, rows, "Balls nearer than 7 px cover one another.")


def _over_time(title: str, label: str, values: Mapping[str, Tensor]) -> Figure:
    curves = [
        Curve(name, range(value.shape[1]), [interval(value[:, t]) for t in range(value.shape[1])])
        for name, value in values.items()
    ]
    return curves_figure(title, curves, xlabel="frame", ylabel=label, note="Mean over videos with its 95% band.")


def interval(values: Tensor) -> Estimate:
    """Over videos, the first axis."""
    return mean_interval(values.double().flatten(1).mean(1).cpu().numpy() if values.ndim > 1 else values.cpu().numpy())
