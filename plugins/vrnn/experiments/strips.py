"""`strips`: what a model of the ablation paints, beside the videos."""

from __future__ import annotations

import io
from typing import Any

import torch
from torch import Tensor

from worldmodels.evaluation.report import Figure
from worldmodels_vrnn.model import VRNN

KINDS = ("true", "followed", "imagined")


def strips(model: VRNN, frames: Tensor) -> Figure:
    """Grey videos (batch, time, 1, height, width) as strips, with what the model paints below each."""
    context, horizon = frames.split([model.config.context, frames.shape[1] - model.config.context], 1)
    imagined = model.render(model.imagine(model.observe(context), horizon=horizon.shape[1]))
    videos = [frames, *(torch.cat([context, rest], 1) for rest in (model.reconstruct(frames), imagined))]
    rows = torch.stack(videos, 1)[:, :, :, 0].transpose(2, 3).flatten(3).cpu().numpy()
    note = "Of each video the true frames, those followed with draws from the posterior, and those imagined."
    return Figure("Frames", _draw(rows), note=note)


def _draw(strips: Any) -> bytes:
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=(7.2, 1.6 * len(strips)), layout="constrained", facecolor="white")
    grid = canvas.subplots(len(strips) * len(KINDS), squeeze=False)[:, 0]
    for axes, strip, kind in zip(grid, strips.reshape(-1, *strips.shape[2:]), KINDS * len(strips), strict=True):
        axes.imshow(strip, cmap="gray", vmin=0, vmax=1, aspect="equal")
        axes.set(xticks=[], yticks=[])
        axes.set_ylabel(kind, rotation=0, ha="right", va="center", fontsize=8)
    buffer = io.BytesIO()
    canvas.savefig(buffer, format="png", dpi=110)
    return buffer.getvalue()
