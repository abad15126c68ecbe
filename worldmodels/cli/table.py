"""Tables on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


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
