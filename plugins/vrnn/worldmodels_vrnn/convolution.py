"""Blocks of convolutions over frames (item, channel, height, width)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from worldmodels.blocks import Conv, group_norm
from worldmodels.blocks.maps import fewer_groups

SLOPE = 0.2


def norm(channels: int, groups: int, resolution: int) -> nn.GroupNorm:
    """Normalisation in at most `groups` groups, of at least 4 channels where a map is a single pixel."""
    return group_norm(channels, groups, least_group(resolution))


def least_group(resolution: int) -> int:
    """How many channels a norm's group has at least: one value alone would be normalised to nothing."""
    return 4 if resolution == 1 else 1


def enlarge_groups(module: nn.Module, least: int) -> None:
    """Give each group of a module's norms at least `least` channels, or all."""
    for layer in module.modules():
        if isinstance(layer, nn.GroupNorm):
            layer.num_groups = fewer_groups(layer.num_groups, layer.num_channels, least)


def conv_block(inputs: int, outputs: int, kernel: int, resolution: int) -> nn.Sequential:
    """Convolution, normalisation and leaky ReLU."""
    return nn.Sequential(Conv(inputs, outputs, kernel), norm(outputs, 4, resolution), nn.LeakyReLU(SLOPE))


def down_block(inputs: int, outputs: int, resolution: int) -> nn.Sequential:
    """A 4x4 convolution to `resolution`, half of the size or, for 1, from 4x4; normalisation and leaky ReLU."""
    conv = nn.Conv2d(inputs, outputs, 4, *((1, 0) if resolution == 1 else (2, 1)))
    return nn.Sequential(conv, norm(outputs, 1 if resolution == 1 else 4, resolution), nn.LeakyReLU(SLOPE))


def up_block(inputs: int, outputs: int, resolution: int) -> nn.Sequential:
    """A 4x4 transposed convolution to `resolution`, double the size or, for 4, from 1x1; then as `down_block`."""
    conv = nn.ConvTranspose2d(inputs, outputs, 4, *((1, 0) if resolution == 4 else (2, 1)))
    return nn.Sequential(conv, norm(outputs, 4, resolution), nn.LeakyReLU(SLOPE))


class ResidualBlock(nn.Module):
    """x + 0.1 dx, with dx of two times leaky ReLU, convolution and normalisation."""

    def __init__(self, inputs: int, outputs: int, resolution: int) -> None:
        super().__init__()
        hidden, groups = min(inputs, outputs), 1 if resolution == 1 else 4
        self.first = nn.Sequential(Conv(inputs, hidden, 3), norm(hidden, groups, resolution))
        self.second = nn.Sequential(Conv(hidden, outputs, 3, bias=False), norm(outputs, groups, resolution))
        self.shortcut = nn.Identity() if inputs == outputs else Conv(inputs, outputs, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """The map (item, outputs, height, width) of one (item, inputs, height, width)."""
        dx = self.second(F.leaky_relu(self.first(F.leaky_relu(x, SLOPE)), SLOPE))
        out: Tensor = self.shortcut(x) + 0.1 * dx
        return out
