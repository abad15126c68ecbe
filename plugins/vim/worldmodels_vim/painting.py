"""`Painting`: what slots paint, and what it says of where things are."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Painting(NamedTuple):
    """What slots paint.

    Attributes:
        colours: Each slot's (batch, slot, channel, height, width).
        masks: Its share of each pixel (batch, slot, 1, height, width), summing to 1 over slots.
    """

    colours: Tensor
    masks: Tensor

    @property
    def frames(self) -> Tensor:
        """The mixture (batch, channel, height, width)."""
        return (self.colours * self.masks).sum(1)

    @property
    def light(self) -> Tensor:
        """How much light each slot adds to each pixel (batch, slot, height, width): its mask times its colours' sum.

        A slot's bare mask often covers a part of the black background too, which would pull its centre there.
        """
        return (self.masks * self.colours.clamp(0, 1)).sum(2)

    @property
    def mean_colours(self) -> Tensor:
        """Mean colour (batch, slot, channel) of each slot's light; black of less light than a pixel's."""
        light = self.light.unsqueeze(2)
        return (light * self.colours.clamp(0, 1)).sum((-1, -2)) / light.sum((-1, -2)).clamp_min(1)


def centres(weights: Tensor) -> Tensor:
    """Centres of mass (..., 2) of weights (..., height, width) as (x, y) in pixels; the frame's middle of nothing."""
    height, width = weights.shape[-2:]
    weights = weights + 1e-6
    x = torch.arange(width, device=weights.device, dtype=weights.dtype)
    y = torch.arange(height, device=weights.device, dtype=weights.dtype)
    total = weights.sum((-1, -2))
    return torch.stack([(weights.sum(-2) * x).sum(-1) / total, (weights.sum(-1) * y).sum(-1) / total], -1)
