"""Convolutions and the blocks made of them, over frames (item, channel, height, width)."""

from __future__ import annotations

import math

import torch.nn.functional as F
from torch import Tensor, nn

SLOPE = 0.2


class Conv(nn.Conv2d):
    """A convolution that keeps the size; on maps of 1x1 it multiplies by the middle of its kernel only.

    What lies around a single pixel is padding, so the rest of the kernel multiplies zeros: the result is the
    same with a ninth of the work.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, bias: bool = True) -> None:
        super().__init__(inputs, outputs, kernel, padding=kernel // 2, bias=bias)

    def forward(self, input: Tensor) -> Tensor:
        """The map (item, outputs, height, width) of one (item, inputs, height, width)."""
        if input.shape[-1] > 1 or self.kernel_size == (1, 1):
            return super().forward(input)
        middle = self.padding[0]
        assert isinstance(middle, int)
        return F.linear(input.flatten(1), self.weight[:, :, middle, middle], self.bias)[..., None, None]


def group_norm(channels: int, groups: int, resolution: int) -> nn.GroupNorm:
    """Normalisation in at most `groups` groups, of at least 4 channels where a map is a single pixel.

    A group of one value would be normalised to nothing.
    """
    return nn.GroupNorm(_fewer(math.gcd(groups, channels), channels, 4 if resolution == 1 else 1), channels)


def enlarge_groups(module: nn.Module, least: int) -> None:
    """Give each group of a module's norms at least `least` channels, or all."""
    for norm in module.modules():
        if isinstance(norm, nn.GroupNorm):
            norm.num_groups = _fewer(norm.num_groups, norm.num_channels, least)


def _fewer(groups: int, channels: int, least: int) -> int:
    while groups > 1 and channels // groups < least:
        groups //= 2
    return groups


def conv_block(inputs: int, outputs: int, kernel: int, resolution: int) -> nn.Sequential:
    """Convolution, normalisation and leaky ReLU."""
    return nn.Sequential(Conv(inputs, outputs, kernel), group_norm(outputs, 4, resolution), nn.LeakyReLU(SLOPE))


def down_block(inputs: int, outputs: int, resolution: int) -> nn.Sequential:
    """A 4x4 convolution to `resolution`, half of the size or, for 1, from 4x4; normalisation and leaky ReLU."""
    conv = nn.Conv2d(inputs, outputs, 4, *((1, 0) if resolution == 1 else (2, 1)))
    norm = group_norm(outputs, 1 if resolution == 1 else 4, resolution)
    return nn.Sequential(conv, norm, nn.LeakyReLU(SLOPE))


def up_block(inputs: int, outputs: int, resolution: int) -> nn.Sequential:
    """A 4x4 transposed convolution to `resolution`, double the size or, for 4, from 1x1; then as `down_block`."""
    conv = nn.ConvTranspose2d(inputs, outputs, 4, *((1, 0) if resolution == 4 else (2, 1)))
    return nn.Sequential(conv, group_norm(outputs, 4, resolution), nn.LeakyReLU(SLOPE))


class ResidualBlock(nn.Module):
    """x + 0.1 dx, with dx of two times leaky ReLU, convolution and normalisation."""

    def __init__(self, inputs: int, outputs: int, resolution: int) -> None:
        super().__init__()
        hidden, groups = min(inputs, outputs), 1 if resolution == 1 else 4
        self.first = nn.Sequential(Conv(inputs, hidden, 3), group_norm(hidden, groups, resolution))
        self.second = nn.Sequential(Conv(hidden, outputs, 3, bias=False), group_norm(outputs, groups, resolution))
        self.shortcut = nn.Identity() if inputs == outputs else Conv(inputs, outputs, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """The map (item, outputs, height, width) of one (item, inputs, height, width)."""
        dx = self.second(F.leaky_relu(self.first(F.leaky_relu(x, SLOPE)), SLOPE))
        out: Tensor = self.shortcut(x) + 0.1 * dx
        return out


def over_time(module: nn.Module, maps: Tensor) -> Tensor:
    """A module for single maps, applied to (batch, time, channel, height, width) in one call."""
    out: Tensor = module(maps.flatten(0, 1))
    return out.unflatten(0, maps.shape[:2])
