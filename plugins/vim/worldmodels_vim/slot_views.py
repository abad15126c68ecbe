"""What a painting says of slots: masks, and where things are."""

from __future__ import annotations

import torch
from torch import Tensor

from worldmodels_vim.decoder import Painting


def shining(painting: Painting) -> Tensor:
    """How much light each slot adds to each pixel (batch, slot, height, width): its mask times its colours' sum.

    A slot's bare mask often covers a part of the black background too, which would pull its centre there.
    """
    return (painting.masks * painting.colours.clamp(0, 1)).sum(2)


def centres(weights: Tensor) -> Tensor:
    """Centres of mass (..., 2) of weights (..., height, width) as (x, y) in pixels; the frame's middle of nothing."""
    height, width = weights.shape[-2:]
    weights = weights + 1e-6
    x = torch.arange(width, device=weights.device, dtype=weights.dtype)
    y = torch.arange(height, device=weights.device, dtype=weights.dtype)
    total = weights.sum((-1, -2))
    return torch.stack([(weights.sum(-2) * x).sum(-1) / total, (weights.sum(-1) * y).sum(-1) / total], -1)


def mean_colours(painting: Painting) -> Tensor:
    """Mean colour (batch, slot, channel) of each slot's light; black of less light than a pixel's."""
    light = shining(painting).unsqueeze(2)
    return (light * painting.colours.clamp(0, 1)).sum((-1, -2)) / light.sum((-1, -2)).clamp_min(1)
