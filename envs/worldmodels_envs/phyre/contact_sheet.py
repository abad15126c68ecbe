"""A contact sheet: the first shipped variation of each template, labelled, as a PNG.

python -m worldmodels_envs.phyre.contact_sheet --out sheet.png
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmodels_envs.phyre.raster import render
from worldmodels_envs.phyre.tasks import shipped, task

GRAY = (110, 110, 110)


def contact_sheet(ids: list[str], size: int = 160, columns: int = 5, label: int = 18) -> NDArray[np.uint8]:
    """Labelled images of puzzles in rows, RGB."""
    cells = [_cell(id, size, label) for id in ids]
    while len(cells) % columns:
        cells.append(np.full_like(cells[0], 255))
    rows = [np.hstack(cells[start : start + columns]) for start in range(0, len(cells), columns)]
    return np.vstack(rows)


def _cell(id: str, size: int, label: int) -> NDArray[np.uint8]:
    image = cv2.copyMakeBorder(render(task(id), size=size), label, 1, 1, 1, cv2.BORDER_CONSTANT, value=GRAY)
    return np.asarray(
        cv2.putText(image, id, (4, label - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1), np.uint8
    )


def main() -> None:
    """Write the sheet."""
    parser = argparse.ArgumentParser(description="A contact sheet of the ball templates.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--variation", type=int, default=0)
    arguments = parser.parse_args()
    sheet = contact_sheet([f"{id}:{arguments.variation:03d}" for id in shipped()])
    cv2.imwrite(str(arguments.out), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))


if __name__ == "__main__":
    main()
