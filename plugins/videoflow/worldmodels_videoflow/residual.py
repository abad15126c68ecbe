"""Residual blocks over time and space (the paper's appendix A)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class TimeConv(nn.Module):
    """A causal convolution of 2 x 3 x 3 (time, height, width), dilated in space.

    On a CPU, two frames side by side in the channels of a 2-D convolution are several times faster than a 3-D one,
    and the first frame, which has none before it, costs half.

    Args:
        inputs: Channels in.
        outputs: Channels out.
        dilation: In space.
        std: Spread of the initial weights; `None` keeps the spread of the activations before a ReLU (He et al., 2015).
    """

    def __init__(self, inputs: int, outputs: int, dilation: int, std: float | None = None) -> None:
        super().__init__()
        self.inputs, self.dilation = inputs, dilation
        spread = math.sqrt(2 / (18 * inputs)) if std is None else std
        self.weight = nn.Parameter(spread * torch.randn(outputs, 2 * inputs, 3, 3))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor, last: int) -> Tensor:
        """The outputs (n, last, outputs, height, width) at the last times of x (n, time, inputs, height, width).

        Of more times than `last`, the one before them is read, and the others are not.
        """
        x = x[:, -(last + 1) :]
        parts = []
        if x.shape[1] == last:
            parts.append(self._convolve(x[:, 0], self.weight[:, self.inputs :])[:, None])
        if x.shape[1] > 1:
            pairs = torch.cat([x[:, :-1], x[:, 1:]], 2)
            parts.append(self._convolve(pairs.flatten(0, 1), self.weight).unflatten(0, pairs.shape[:2]))
        return parts[0] if len(parts) == 1 else torch.cat(parts, 1)

    def _convolve(self, x: Tensor, weight: Tensor) -> Tensor:
        x = x.contiguous(memory_format=torch.channels_last)
        return F.conv2d(x, weight, self.bias, padding=self.dilation, dilation=self.dilation)


class Branch(nn.Module):
    """One dilation's three layers: a convolution and a ReLU, a gated unit, a convolution that begins at zero.

    Args:
        channels: In and out.
        width: Inside.
        dilation: Of both convolutions, in space.
        gates: Whether the middle layer is a gated unit, or a convolution and a ReLU.
    """

    def __init__(self, channels: int, width: int, dilation: int, gates: bool) -> None:
        super().__init__()
        self.gates = gates
        self.first = TimeConv(channels, width, dilation)
        self.middle = nn.Conv2d(width, 2 * width if gates else width, 1)
        self.last = TimeConv(width, channels, dilation, 0.0)

    def forward(self, x: Tensor, last: int) -> Tensor:
        """What the block adds (n, last, channel, height, width) at the last times."""
        hidden = torch.relu(self.first(x, min(last + 1, x.shape[1])))
        middle = self.middle(hidden.flatten(0, 1))
        if self.gates:
            a, b = middle.chunk(2, 1)
            middle = a.tanh() * b.sigmoid()
        else:
            middle = torch.relu(middle)
        added: Tensor = self.last(middle.unflatten(0, hidden.shape[:2]), last)
        return added


class Residual(nn.Module):
    """Blocks of parallel branches, one for each dilation, whose sum is added to the block's input.

    Args:
        channels: In and out.
        width: Inside.
        blocks: How many.
        dilations: Of the branches.
        gates: As `Branch`.
    """

    def __init__(self, channels: int, width: int, blocks: int, dilations: Sequence[int], gates: bool) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            nn.ModuleList(Branch(channels, width, dilation, gates) for dilation in dilations) for _ in range(blocks)
        )

    def forward(self, x: Tensor) -> Tensor:
        """The last time's activation (n, channel, height, width) for x (n, time, channel, height, width).

        Only the last time is asked for, so each block computes no more times than those after it read: two more.
        """
        for after, block in zip(reversed(range(len(self.blocks))), self.blocks, strict=True):
            last = min(1 + 2 * after, x.shape[1])
            added = [branch(x, last) for branch in block]  # type: ignore[attr-defined]
            x = x[:, -last:] + torch.stack(added).sum(0) if len(added) > 1 else x[:, -last:] + added[0]
        return x[:, -1]
