"""Tables and reports on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worldmodels.evaluation.report import Report, Table


def show(rows: Sequence[Mapping[str, object]]) -> None:
    """Print rows with the same keys as an aligned table."""
    print(layout(rows))


def layout(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows with the same keys as an aligned table; numbers are to be formatted already."""
    if not rows:
        return ""
    cells = [list(rows[0])] + [[str(value) for value in row.values()] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def show_table(table: Table) -> None:
    """Print a report's table."""
    labels = [column.label for column in table.columns]
    show([dict(zip(labels, map(_text, row), strict=True)) for row in table.rows])


def show_report(report: Report, folder: str | Path) -> None:
    """Print a report's tables and what it leaves out, write it into a folder, and say where it is."""
    from worldmodels.evaluation.report import Table

    for section in report.sections:
        if isinstance(section, Table):
            print(section.title)
            show_table(section)
            print()
    for name, reason in report.left_out.items():
        print(f"{name} is left out: {reason}")
    print(f"report: {report.write(folder)}")


def _text(cell: object) -> str:
    if cell is None:
        return "-"
    return f"{cell:,.4g}" if isinstance(cell, float) else f"{cell:,}" if isinstance(cell, int) else str(cell)
