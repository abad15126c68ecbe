"""Which latent channels are used, rows of the ablation side by side (the thesis's Figure 4.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from worldmodels.errors import InputError
from worldmodels.evaluation.likelihood import ACTIVE, FULLY_ACTIVE

Runs = Mapping[str, Sequence[Mapping[str, Any]]]
"""Row to the results of its seeds."""


def plot_activity(runs: Runs, path: str | Path) -> None:
    """Draw each channel's mean KL on test videos: a column for a row, a strip for a level, a line for a seed.

    Channels lie in the order of their KL, the most active first.

    Args:
        runs: Rows with the same levels.
        path: A file that ends in .svg or .png.

    Raises:
        InputError: for another ending.
    """
    path = Path(path)
    if path.suffix not in (".svg", ".png"):
        raise InputError(f"{str(path)!r} given; the plot's file ends in .svg or .png.")
    from matplotlib.figure import Figure

    levels = list(next(iter(runs.values()))[0]["test"]["channels"])
    figure = Figure(figsize=(7.2, 0.6 + 0.6 * len(levels)), layout="constrained", facecolor="white")
    grid = figure.subplots(len(levels), len(runs), squeeze=False)
    for column, (row, results) in zip(grid.T, runs.items(), strict=True):
        column[0].set_title(row, fontsize=10)
        for axes, level in zip(column, levels, strict=True):
            image = _strip(axes, [result["test"]["channels"][level] for result in results])
    for axes, level in zip(grid[:, 0], levels, strict=True):
        axes.set_ylabel(f"{level}x{level}", rotation=0, ha="right", va="center")
    figure.colorbar(image, ax=grid.ravel().tolist(), label="KL (nats)", extend="max")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def _strip(axes: Any, kl: Sequence[Sequence[float]]) -> Any:
    channels = -np.sort(-np.array(kl), 1)
    image = axes.imshow(channels, aspect="auto", vmin=0, vmax=FULLY_ACTIVE, cmap="viridis", interpolation="none")
    for seed, active in enumerate((channels > ACTIVE).sum(1)):
        axes.vlines(active - 0.5, seed - 0.5, seed + 0.5, color="white", linewidth=1.5)
    axes.set(xticks=[channels.shape[1] - 1], xticklabels=[channels.shape[1]], yticks=[])
    return image
