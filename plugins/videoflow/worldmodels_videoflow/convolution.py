"""The convolutions inside a coupling: they know where the frame ends, and are normalised or begin at zero."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from worldmodels_videoflow.actnorm import ActNorm

_STD = 0.05
_FACTOR = 3.0


class EdgeConv2d(nn.Module):
    """A convolution of its input and one more channel, which is 1 outside the frame and 0 inside.

    That channel is the same for every frame, so what it contributes is computed once a call, not once a frame.

    Args:
        inputs: Channels in, the extra one not counted.
        outputs: Channels out.
        kernel: Height and width, odd.
        std: Spread of the initial weights.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, std: float) -> None:
        super().__init__()
        self.padding = kernel // 2
        self.weight = nn.Parameter(std * torch.randn(outputs, inputs, kernel, kernel))
        # A 1x1 kernel never sees the outside.
        self.edge = nn.Parameter(std * torch.randn(outputs, 1, kernel, kernel)) if kernel > 1 else None

    def convolve(self, x: Tensor, scale: Tensor | None, bias: Tensor | None) -> Tensor:
        """The convolution times scale, plus bias, both (outputs,); they go into the weights and cost no other pass."""
        factor = None if scale is None else scale[:, None, None, None]
        weight = self.weight if factor is None else self.weight * factor
        y = F.conv2d(x, weight, bias, padding=self.padding)
        if self.edge is None:
            return y
        edge = self.edge if factor is None else self.edge * factor
        inside = x.new_zeros(1, 1, *x.shape[-2:])
        outside = F.pad(inside, (self.padding,) * 4, value=1.0)
        return y + F.conv2d(outside, edge)


class NormedConv2d(EdgeConv2d):
    """A convolution followed by ActNorm."""

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__(inputs, outputs, kernel, _STD)
        self.norm = ActNorm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Outputs (n, outputs, height, width)."""
        if self.norm.fitting:
            self.norm.fit(self.convolve(x, None, None))
        scale = self.norm.scale()
        return self.convolve(x, scale, scale * self.norm.bias)


class ZeroConv2d(EdgeConv2d):
    """A convolution whose outputs begin at zero, so that a coupling begins as the identity up to a constant."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3) -> None:
        super().__init__(inputs, outputs, kernel, 0.0)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.log_scale = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor) -> Tensor:
        """Outputs (n, outputs, height, width)."""
        scale = (_FACTOR * self.log_scale).exp()
        return self.convolve(x, scale, scale * self.bias)
