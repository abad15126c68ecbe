"""The report of scenes: all figures, and pictures of edits and turned views beside the true ones."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from worldmodels.evaluation.intervals import Estimate
from worldmodels.evaluation.report import Cell, Column, Figure, Report, Table
from worldmodels_inferno.scenes import EDITS, VIEWS, Findings
from worldmodels_inferno.sheet import contact_sheet

FEWER_IS_BETTER = ("mse", "spare_objects", "place_error")


def scenes_report(
    figures: Mapping[str, Mapping[str, Estimate]], found: Mapping[str, Findings], provenance: Mapping[str, object]
) -> Report:
    """All models in one table, and pictures of each.

    Args:
        figures: Model to name to figure.
        found: What they are from, on the same scenes.
        provenance: Where the figures are from.
    """
    report = Report("Scenes", provenance)
    names = list(dict.fromkeys(name for measured in figures.values() for name in measured))
    columns = [Column("model"), *(Column(name.replace("_", " "), name not in FEWER_IS_BETTER) for name in names)]
    rows: list[list[Cell]] = [[model, *(measured.get(name) for name in names)] for model, measured in figures.items()]
    note = (
        "Edits: in which share of the scenes the error in the region that truly changes is halved, or left a tenth. "
        "ARI of rendered masks: of all pixels; of those of objects (foreground); and of these among the objects' masks "
        "alone, so that edges which the background takes do not count (objects). 95% intervals over scenes."
    )
    report.add(Table("Figures", columns, rows, note))
    for model, result in found.items():
        pictures = picture_rows(result)
        if pictures:
            about = "Rows in pairs, true above rendered: the scene, edits, and views from 25 degrees to each side."
            report.add(Figure(f"Pictures: {model}", contact_sheet(pictures), note=about))
    return report


def picture_rows(found: Findings) -> list[list[Tensor]]:
    """For each scene that was kept, a row of true pictures and one of rendered ones."""
    columns = [name for name in ("scene", *EDITS, *VIEWS) if name in found.pictures]
    rows: list[list[Tensor]] = []
    for index in range(min((len(found.pictures[name]) for name in columns), default=0)):
        rows.append([found.pictures[f"true {name}"][index] for name in columns])
        rows.append([found.pictures[name][index] for name in columns])
    return rows
