"""From grey levels to real numbers and back: each level is a cell, and noise fills it."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn

Kind = Literal["uniform", "gaussian", "fitted"]

# Twenty of these span a cell, so that colours stand far out of the noise. With six, the noise of a flat background has
# more variance than the few pixels that differ from it, and the priors learn to predict it long before them.
_STD = 1 / 20
_TAIL = 0.5 * math.erfc(0.5 / _STD / math.sqrt(2))
_LOG_AREA = math.log(1 - 2 * _TAIL)
# A level that the first batch does not have keeps a sliver: its frames are improbable, not impossible.
_RAREST = 1e-10


class Cells(nn.Module):
    """Grey levels 0..levels - 1 as numbers in [-0.5, 0.5), each level in a cell of its own.

    The first, elementwise layer of the flow: densities are those of uniformly dequantised frames (level + u), and
    log-determinants are exact. "uniform" is the paper's: cells of one width. A Gaussian then pays at least 0.254 bits
    for each number, however well it predicts the level, and a flat background is nothing but such numbers. "gaussian"
    warps each cell within itself, so that its noise becomes a Gaussian cut off at the cell's ends. "fitted" gives
    cells, besides, widths that follow the levels' frequencies in the first batch (to the power 1/3, as the best
    quantiser has them: Panter and Dite, 1951): where frames have few colours, the noise is then as wide as the colours
    are apart, and the flow need not be steep.

    Args:
        levels: How many.
        kind: Which cells.
    """

    edges: Tensor

    def __init__(self, levels: int, kind: Kind) -> None:
        super().__init__()
        self.levels, self.kind = levels, kind
        self.register_buffer("edges", torch.linspace(-0.5, 0.5, levels + 1))

    @torch.no_grad()
    def fit(self, frames: Tensor) -> None:
        """Set the widths of fitted cells; the others stay as they are."""
        if self.kind != "fitted":
            return
        counts = torch.bincount(self._level(frames).flatten(), minlength=self.levels).double()
        widths = (counts / counts.sum()).clamp_min(_RAREST) ** (1 / 3)
        ends = (widths / widths.sum()).cumsum(0) - 0.5
        self.edges[1:-1].copy_(ends[:-1])

    def centres(self, frames: Tensor) -> Tensor:
        """The middles of the cells of frames in [0, 1]."""
        return self._middles()[self._level(frames)]

    def fill(self, frames: Tensor, uniform: Tensor) -> tuple[Tensor, Tensor]:
        """Frames filled with noise.

        Args:
            frames: (n, ...) in [0, 1], of which the nearest grey levels are taken.
            uniform: Draws in [0, 1) of the same shape.

        Returns:
            The numbers, and the log-determinants (n,) of the map from level + uniform to them.
        """
        level = self._level(frames)
        width = self.edges.diff()[level]
        slope = width.log()
        if self.kind != "uniform":
            normal = torch.special.ndtri(_TAIL + (1 - 2 * _TAIL) * uniform)
            uniform = (0.5 + _STD * normal).clamp(0, 1)
            # The derivative of the quantile function is one over the density at the quantile.
            slope = slope + _LOG_AREA + math.log(_STD) + 0.5 * math.log(2 * math.pi) + 0.5 * normal.square()
        return self.edges[level] + width * uniform, slope.flatten(1).sum(1)

    def frames(self, x: Tensor) -> Tensor:
        """Frames in [0, 1] of numbers: a cell's middle becomes its grey level, and what lies between is between."""
        middles = self._middles()
        if self.levels == 1 or self.kind != "fitted":
            return ((x + 0.5) * self.levels - 0.5).div(self.levels - 1).clamp(0, 1)
        above = torch.bucketize(x.detach().contiguous(), middles).clamp(1, self.levels - 1)
        low = middles[above - 1]
        share = ((x - low) / (middles[above] - low)).clamp(0, 1)
        return (above - 1 + share) / (self.levels - 1)

    def _middles(self) -> Tensor:
        return (self.edges[1:] + self.edges[:-1]) / 2

    def _level(self, frames: Tensor) -> Tensor:
        """Grey levels of frames in [0, 1], integers: the nearest byte, and of fewer levels the one that holds it."""
        return (frames * 255).round().long().mul(self.levels).div(256, rounding_mode="floor")
