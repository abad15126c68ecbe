"""Convolutions that keep a map's size, the norms that follow them, and how videos go through both."""

from __future__ import annotations

import math

import torch.nn.functional as F
from torch import Tensor, nn


class Conv(nn.Conv2d):
    """A convolution that keeps the size; on maps of 1x1 it multiplies by the middle of its kernel only.

    What lies around a single pixel is padding, so the rest of the kernel multiplies zeros: the result is the
    same with a ninth of the work.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, bias: bool = True) -> None:
        super().__init__(inputs, outputs, kernel, padding=kernel // 2, bias=bias)

    def forward(self, input: Tensor) -> Tensor:
        """The map (item, outputs, height, width) of one (item, inputs, height, width)."""
        if input.shape[-2:] != (1, 1) or self.kernel_size == (1, 1):
            return super().forward(input)
        middle = self.kernel_size[0] // 2
        return F.linear(input.flatten(1), self.weight[:, :, middle, middle], self.bias)[..., None, None]


def group_norm(channels: int, groups: int, least: int = 1) -> nn.GroupNorm:
    """Normalisation in at most `groups` groups, each of at least `least` channels, or of all.

    On maps of 1x1 a group of one channel would be normalised to nothing.
    """
    return nn.GroupNorm(fewer_groups(math.gcd(groups, channels), channels, least), channels)


def fewer_groups(groups: int, channels: int, least: int) -> int:
    """How many groups are left when each has at least `least` channels."""
    while groups > 1 and channels // groups < least:
        groups //= 2
    return groups


def over_time(module: nn.Module, maps: Tensor) -> Tensor:
    """A module for single maps, applied to (batch, time, channel, height, width) in one call."""
    out: Tensor = module(maps.flatten(0, 1))
    return out.view(maps.shape[:2] + out.shape[1:])
