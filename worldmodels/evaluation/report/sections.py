"""What a report is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from worldmodels.errors import InputError
from worldmodels.evaluation.intervals import Estimate
from worldmodels.evaluation.report.video_strip import VideoStrip

Cell: TypeAlias = "str | int | float | Estimate | None"


@dataclass(frozen=True)
class Text:
    """A heading and paragraphs, which blank lines part."""

    title: str
    body: str


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        label: Its heading, with the unit.
        higher_is_better: Which of its cells is set in bold; `None` for none.
    """

    label: str
    higher_is_better: bool | None = None


@dataclass(frozen=True)
class Table:
    """Rows of values under columns; a cell of `None` is shown as a dash."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    note: str = ""

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise InputError(f"the table {self.title!r} has {len(self.columns)} columns, and a row of {len(row)}.")

    def best(self, column: int) -> int | None:
        """The row whose figure is best in a column with a direction; `None` for fewer than two figures."""
        direction = self.columns[column].higher_is_better
        figures = {i: value for i, row in enumerate(self.rows) if (value := _number(row[column])) is not None}
        if direction is None or len(figures) < 2:
            return None
        return (max if direction else min)(figures, key=lambda i: figures[i])


@dataclass(frozen=True)
class Figure:
    """A picture: SVG or PNG bytes, and another for dark pages where there is one.

    Attributes:
        title: Heading.
        image: SVG or PNG.
        dark: The same with light ink; without it, the first is shown on white.
        note: A sentence below, which also describes the picture to those who cannot see it.
        data: What is plotted, in JSON types and `Estimate`s, for the report's JSON.
    """

    title: str
    image: bytes
    dark: bytes | None = None
    note: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class VideoStrips:
    """Strips of videos below one heading."""

    title: str
    strips: Sequence[VideoStrip]
    note: str = ""


Section: TypeAlias = Text | Table | Figure | VideoStrips


def _number(cell: Cell) -> float | None:
    if isinstance(cell, Estimate):
        return cell.mean
    return None if cell is None or isinstance(cell, str) else float(cell)
