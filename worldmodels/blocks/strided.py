"""Strided convolutions from frames to vectors and back, with norms over channels; for clips on a CPU too."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from worldmodels.errors import InputError

LARGEST = 12
"""Longest side of the smallest feature map: beyond it, the layer that reads the map would be most of the model."""


def layer(fan_in: int, fan_out: int) -> nn.Sequential:
    """A linear layer, a norm and an activation."""
    return nn.Sequential(nn.Linear(fan_in, fan_out, bias=False), nn.RMSNorm(fan_out), nn.SiLU())


class ChannelNorm(nn.Module):
    """A root-mean-square norm over the channels of maps (batch, channel, height, width)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.RMSNorm(channels)

    def forward(self, maps: Tensor) -> Tensor:
        """Normalised maps."""
        normed: Tensor = self.norm(maps.movedim(1, -1)).movedim(-1, 1)
        return normed


class Patches(nn.Conv2d):
    """A convolution whose windows do not overlap: one product for all of them, several times as fast on a CPU."""

    def forward(self, input: Tensor) -> Tensor:
        """Maps (batch, channel, height / stride, width / stride)."""
        side = self.stride[0]
        rows, columns = input.shape[-2] // side, input.shape[-1] // side
        windows = input.unflatten(2, (rows, side)).unflatten(4, (columns, side)).permute(0, 2, 4, 1, 3, 5)
        maps = F.linear(windows.flatten(3), self.weight.flatten(1), self.bias)
        return maps.permute(0, 3, 1, 2)


class Unpatches(nn.ConvTranspose2d):
    """A transposed convolution whose windows do not overlap, likewise."""

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        """Maps (batch, channel, height * stride, width * stride)."""
        side = self.stride[0]
        painted = F.linear(input.permute(0, 2, 3, 1), self.weight.flatten(1).T)
        windows = painted.unflatten(3, (-1, side, side)).permute(0, 3, 1, 4, 2, 5)
        maps: Tensor = windows.flatten(4).flatten(2, 3)
        return maps if self.bias is None else maps + self.bias[:, None, None]


def strides_for(shape: tuple[int, int, int], patch: int, most: int) -> list[int]:
    """Strides of the convolutions of frames (channel, height, width): `patch`, then halvings, down to sides of 4.

    Raises:
        InputError: where the sides cannot be divided often enough, naming a size that fits.
    """
    height, width = shape[1:]
    strides: list[int] = []
    while len(strides) < most and min(height, width) > 4:
        stride = 2 if strides else patch
        if height % stride or width % stride:
            break
        height, width, strides = height // stride, width // stride, [*strides, stride]
    if not strides or max(height, width) > LARGEST:
        unit = patch * 2 ** (most - 1)
        fitting = ",".join(str(min(max(unit, round(side / unit) * unit), LARGEST * unit)) for side in shape[1:])
        raise InputError(
            f"frames of {shape[1]} x {shape[2]} cannot be halved to {LARGEST} x {LARGEST} or less in {most} steps; "
            f"record with world.size=[{fitting}]."
        )
    return strides


class StridedEncoder(nn.Module):
    """Strided convolutions; frames (batch, channel, height, width) become vectors (batch, width).

    Args:
        shape: (channel, height, width) of frames.
        channels: After each convolution.
        strides: Of each.
    """

    def __init__(self, shape: tuple[int, int, int], channels: Sequence[int], strides: Sequence[int]) -> None:
        super().__init__()
        blocks = [
            nn.Sequential(
                nn.Conv2d(fan_in, fan_out, 4, 2, 1) if stride == 2 else Patches(fan_in, fan_out, stride, stride),
                ChannelNorm(fan_out),
                nn.SiLU(),
            )
            for (fan_in, fan_out), stride in zip(pairwise([shape[0], *channels]), strides, strict=True)
        ]
        self.network = nn.Sequential(*blocks)
        scale = math.prod(strides)
        self.map = (channels[-1], shape[1] // scale, shape[2] // scale)
        self.width = self.map[0] * self.map[1] * self.map[2]
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it

    def forward(self, frames: Tensor) -> Tensor:
        """Vectors (batch, width); frames are centred first."""
        maps: Tensor = self.network((frames - 0.5).contiguous(memory_format=torch.channels_last))
        return maps.flatten(1)


class StridedDecoder(nn.Module):
    """The way back from features (batch, feature) to frames, by transposed convolutions.

    It paints what differs from a background, which `prepare` sets to the mean frame, so that training need not begin
    with what never changes. Frames may leave [0, 1], where the error still has a gradient; who shows them clamps.

    Args:
        features: Width of the input.
        smallest: (channel, height, width) of the encoder's last map.
        channels: After each convolution, the frame's last.
        strides: Of each.
    """

    def __init__(
        self, features: int, smallest: tuple[int, int, int], channels: Sequence[int], strides: Sequence[int]
    ) -> None:
        super().__init__()
        self.smallest = smallest
        size = smallest[0] * smallest[1] * smallest[2]
        self.start = layer(features, size)
        blocks: list[nn.Module] = []
        for (fan_in, fan_out), stride in zip(pairwise([smallest[0], *channels]), strides, strict=True):
            kind = nn.ConvTranspose2d(fan_in, fan_out, 4, 2, 1) if stride == 2 else None
            blocks.append(kind or Unpatches(fan_in, fan_out, stride, stride))
            blocks += [ChannelNorm(fan_out), nn.SiLU()]
        self.network = nn.Sequential(*blocks[:-2])
        frame = [side * math.prod(strides) for side in smallest[1:]]
        self.background = nn.Parameter(torch.full((channels[-1], *frame), 0.5))
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, features: Tensor) -> Tensor:
        """Frames (batch, channel, height, width)."""
        maps = self.start(features).unflatten(1, self.smallest)
        frames: Tensor = self.network(maps.contiguous(memory_format=torch.channels_last))
        return frames + self.background

    @torch.no_grad()
    def prepare(self, frames: Tensor) -> None:
        """Take the mean of frames (..., channel, height, width) for the background."""
        self.background.copy_(frames.flatten(0, -4).mean(0))
