"""Couplings: half of the channels shift, and may scale, the other half (Dinh et al., 2014 and 2016)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from worldmodels_videoflow.convolution import NormedConv2d, ZeroConv2d

# Below it the inverse would blow rounding up; the paper's sigmoid has no floor, and gives NaN on flat frames.
_LEAST = 0.05


class Gated(nn.Module):
    """The gated unit tanh(a) * sigmoid(b), a and b two 1x1 convolutions (van den Oord et al., 2016)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.both = NormedConv2d(channels, 2 * channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Outputs of the shape of x."""
        a, b = self.both(x).chunk(2, 1)
        gated: Tensor = a.tanh() * b.sigmoid()
        return gated


class Rectified(nn.Module):
    """A 1x1 convolution and a ReLU, in the place of the gated unit."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.one = NormedConv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Outputs of the shape of x."""
        return torch.relu(self.one(x))


class Coupling(nn.Module):
    """The first half of the channels stays; the second becomes (x2 + t) * s with s and t from the first.

    Args:
        channels: Channels of x, even.
        width: Channels inside the network that gives s and t.
        affine: Whether there is an s; without it the coupling is additive and keeps volumes.
        gated: Whether the network's middle layer is a gated unit.
    """

    def __init__(self, channels: int, width: int, affine: bool, gated: bool) -> None:
        super().__init__()
        half = channels // 2
        self.affine = affine
        self.first = NormedConv2d(half, width, 3)
        self.middle = Gated(width) if gated else Rectified(width)
        self.last = ZeroConv2d(width, 2 * half if affine else half)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The output and the log-determinants (n,), for x (n, channel, height, width)."""
        kept, moved = x.chunk(2, 1)
        shift, scale = self.shift_and_scale(kept)
        moved = moved + shift
        if scale is None:
            return torch.cat([kept, moved], 1), x.new_zeros(len(x))
        return torch.cat([kept, moved * scale], 1), scale.log().sum((1, 2, 3))

    def inverse(self, y: Tensor) -> Tensor:
        """What `forward` made y from."""
        kept, moved = y.chunk(2, 1)
        shift, scale = self.shift_and_scale(kept)
        return torch.cat([kept, (moved if scale is None else moved / scale) - shift], 1)

    def shift_and_scale(self, kept: Tensor) -> tuple[Tensor, Tensor | None]:
        """T and, of an affine coupling, s (n, half, height, width), from the half that stays."""
        hidden = self.middle(torch.relu(self.first(kept)))
        if not self.affine:
            return self.last(hidden), None
        shift, raw = self.last(hidden).chunk(2, 1)
        return shift, _LEAST + (1 - _LEAST) * (raw + 2).sigmoid()
