"""The convolutions inside a coupling: they know where the frame ends, and are normalised or begin at zero."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from worldmodels_videoflow.actnorm import ActNorm
from worldmodels_videoflow.kept import kept

Scaled: TypeAlias = Callable[[], tuple[Tensor, Tensor]]

_STD = 0.05
_FACTOR = 3.0


class EdgeConv2d(nn.Module):
    """A convolution of its input and one more channel, which is 1 outside the frame and 0 inside.

    That channel is the same for every frame, so what it contributes is computed once a call, not once a frame; and kept
    for the next call where no gradient is recorded.

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

    def convolve(self, x: Tensor, weights: Sequence[Tensor], scaled: Scaled) -> Tensor:
        """The convolution times a scale, plus a bias; both go into the weights and cost no other pass.

        Args:
            x: (n, inputs, height, width).
            weights: All that scale and bias depend on.
            scaled: Gives them, both (outputs,).
        """
        own = (self.weight, *weights) if self.edge is None else (self.weight, self.edge, *weights)
        weight, bias, edge = kept(self, "scaled", own, lambda: self._scaled(*scaled()))
        if edge is None:
            return F.conv2d(x, weight, bias, padding=self.padding)
        # The bias is a part of what comes from outside, so both are added at once.
        size = x.shape[-2:]
        around = kept(self, size, own, lambda: self._around(edge, bias, size))
        return F.conv2d(x, weight, None, padding=self.padding) + around

    def raw(self, x: Tensor) -> Tensor:
        """The convolution as it is (n, outputs, height, width)."""
        y = F.conv2d(x, self.weight, padding=self.padding)
        return y if self.edge is None else y + self._around(self.edge, None, x.shape[-2:])

    def _scaled(self, scale: Tensor, bias: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        factor = scale[:, None, None, None]
        return self.weight * factor, bias, None if self.edge is None else self.edge * factor

    def _around(self, edge: Tensor, bias: Tensor | None, size: torch.Size) -> Tensor:
        outside = F.pad(edge.new_zeros(1, 1, *size), (self.padding,) * 4, value=1.0)
        return F.conv2d(outside, edge, bias)


class NormedConv2d(EdgeConv2d):
    """A convolution followed by ActNorm."""

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__(inputs, outputs, kernel, _STD)
        self.norm = ActNorm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Outputs (n, outputs, height, width)."""
        if self.norm.fitting:
            self.norm.fit(self.raw(x))
        return self.convolve(x, (self.norm.bias, self.norm.log_scale), self._scale)

    def _scale(self) -> tuple[Tensor, Tensor]:
        scale = self.norm.scale()
        return scale, scale * self.norm.bias


class ZeroConv2d(EdgeConv2d):
    """A convolution whose outputs begin at zero, so that a coupling begins as the identity up to a constant."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3) -> None:
        super().__init__(inputs, outputs, kernel, 0.0)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.log_scale = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor) -> Tensor:
        """Outputs (n, outputs, height, width)."""
        return self.convolve(x, (self.bias, self.log_scale), self._scale)

    def _scale(self) -> tuple[Tensor, Tensor]:
        scale = (_FACTOR * self.log_scale).exp()
        return scale, scale * self.bias
