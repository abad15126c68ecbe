"""The generators: the first level with its recurrent units, and the upsampling levels (appendix 6.A)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from worldmodels.blocks import ConvGRU
from worldmodels.blocks.maps import over_time
from worldmodels_cvg.config import LevelConfig
from worldmodels_cvg.layers import Condition, ConditionalNorm, UpConv, double, spectral


class Residual(nn.Module):
    """norm-relu-[double]-conv-norm-relu-conv, beside a shortcut.

    Args:
        inputs: Channels before.
        channels: Channels after.
        condition: Width of the condition.
        times: Of the norms.
        up: Whether it doubles the maps' size.
    """

    def __init__(self, inputs: int, channels: int, condition: int, times: int, up: bool = False) -> None:
        super().__init__()
        self.up = up
        self.norms = nn.ModuleList([ConditionalNorm(n, condition, times) for n in (inputs, channels)])
        first = UpConv(inputs, channels) if up else nn.Conv2d(inputs, channels, 3, padding=1)
        self.convs = nn.ModuleList([first, nn.Conv2d(channels, channels, 3, padding=1)])
        self.shortcut = nn.Conv2d(inputs, channels, 1) if up or inputs != channels else nn.Identity()

    def forward(self, maps: Tensor, condition: Condition) -> Tensor:
        """Maps (batch x time, channels, ...) of (batch x time, inputs, ...)."""
        hidden = maps
        for norm, conv in zip(self.norms, self.convs, strict=True):
            hidden = conv(F.relu(norm(hidden, condition)))
        # A 1x1 convolution of a doubled map is the doubled 1x1 convolution, at a quarter of the work.
        passed = self.shortcut(maps)
        return hidden + (double(passed) if self.up else passed)


class Paint(nn.Module):
    """norm-relu-conv-tanh: from maps to pixels in [-1, 1]."""

    def __init__(self, inputs: int, pixels: int, condition: int, times: int) -> None:
        super().__init__()
        self.norm = ConditionalNorm(inputs, condition, times)
        self.conv = nn.Conv2d(inputs, pixels, 3, padding=1)

    def forward(self, maps: Tensor, condition: Condition) -> Tensor:
        """Frames (batch x time, pixel channel, height, width) of maps (batch x time, inputs, height, width)."""
        return torch.tanh(self.conv(F.relu(self.norm(maps, condition))))


class Outline(nn.Module):
    """The first level: units of a ConvGRU and two residual blocks.

    Args:
        config: The level's.
        start: Height and width of the first unit's maps.
        pixels: Channels of a frame.
        condition: Width of the condition, which is also the first unit's input.
        times: Of the norms.

    Attributes:
        widths: Channels of the states, from the first unit to the last.
    """

    def __init__(self, config: LevelConfig, start: tuple[int, int], pixels: int, condition: int, times: int) -> None:
        super().__init__()
        self.start = start
        self.widths = widths = [multiplier * config.channels for multiplier in config.units]
        self.first = nn.Linear(condition, widths[0] * start[0] * start[1])
        pairs = list(zip([widths[0], *widths], widths, strict=False))
        self.recurrent = nn.ModuleList([ConvGRU(before, width, activation=nn.ReLU()) for before, width in pairs])
        self.blocks = nn.ModuleList()
        for number, width in enumerate(widths):
            up = number < len(widths) - 1
            self.blocks.append(Residual(width, width, condition, times))
            self.blocks.append(Residual(width, width, condition, times, up))
        self.paint = Paint(widths[-1], pixels, condition, times)
        spectral(self)

    def forward(self, states: Sequence[Tensor], condition: Condition) -> list[Tensor]:
        """Every unit's states over time (batch, time, channel, height, width), from those before (batch, ...).

        A unit sees nothing of those above it, so each runs through all times before the next one begins.
        """
        maps = over_time(self.first, condition.vector).unflatten(2, (-1, *self.start))
        after = []
        for number, (unit, state) in enumerate(zip(self.recurrent, states, strict=True)):
            maps = unit(maps, state)
            after.append(maps)
            if number < len(states) - 1:
                maps = self._refine(number, maps.flatten(0, 1), condition).unflatten(0, maps.shape[:2])
        return after

    def frames(self, last: Tensor, condition: Condition) -> Tensor:
        """Frames in [-1, 1] of the last unit's states; both (batch, time, channel, height, width)."""
        maps = self._refine(len(self.recurrent) - 1, last.flatten(0, 1), condition)
        painted: Tensor = self.paint(maps, condition).unflatten(0, last.shape[:2])
        return painted

    def _refine(self, unit: int, maps: Tensor, condition: Condition) -> Tensor:
        for block in self.blocks[2 * unit : 2 * unit + 2]:
            maps = block(maps, condition)
        return maps


class Separable(nn.Module):
    """A convolution over three frames, then one over 3x3 of their pixels.

    Beyond the first and the last frame these are repeated, so that a single frame is a video that stands still.
    """

    def __init__(self, inputs: int, channels: int) -> None:
        super().__init__()
        self.time = nn.Conv1d(inputs, channels, 3)
        self.space = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, maps: Tensor) -> Tensor:
        """Maps (batch, time, channels, height, width) of (batch, time, inputs, height, width)."""
        batch, time, _, height, width = maps.shape
        padded = torch.cat([maps[:, :1], maps, maps[:, -1:]], 1)
        # As a 2-D convolution over (time, pixels), which processors have a fast kernel for.
        planes = padded.flatten(3).transpose(1, 2)
        mixed = F.conv2d(planes, self.time.weight.unsqueeze(-1), self.time.bias).transpose(1, 2)
        spread: Tensor = self.space(mixed.reshape(batch * time, -1, height, width)).unflatten(0, (batch, time))
        return spread


class Upsampler(nn.Module):
    """An upsampling level: units of a separable convolution and two residual blocks, with links from the level below.

    Args:
        config: The level's.
        start: Height and width of the first unit's maps.
        below: Height and width of the frames of the level below.
        pixels: Channels of a frame.
        condition: Width of the condition.
        times: Of the norms.
    """

    def __init__(
        self,
        config: LevelConfig,
        start: tuple[int, int],
        below: tuple[int, int],
        pixels: int,
        condition: int,
        times: int,
    ) -> None:
        super().__init__()
        self.start, self.rate = start, config.rate
        widths = [multiplier * config.channels for multiplier in config.units]
        self.first = nn.Linear(condition, widths[0] * start[0] * start[1])
        self.mixing, self.blocks, self.links = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        size = start[0]
        for number, (before, width) in enumerate(zip([widths[0], *widths], widths, strict=False)):
            up = number < len(widths) - 1
            self.mixing.append(Separable(before, width))
            self.blocks.append(Residual(width, width, condition, times))
            self.blocks.append(Residual(width, width, condition, times, up))
            after = 2 * size if up else size
            for side in (size, size, after):
                # Maps larger than the frames below have no link to them.
                self.links.append(nn.Conv2d(pixels, width, 1) if side <= below[0] else nn.Identity())
            size = after
        self.paint = Paint(widths[-1], pixels, condition, times)
        spectral(self)

    @property
    def context(self) -> int:
        """Frames of the level below that it looks at on either side of one, at most."""
        return -(-len(self.mixing) // self.rate)

    def forward(self, below: Tensor, condition: Condition) -> Tensor:
        """Frames (batch, rate x time, channel, height, width) of those below (batch, time, ...), all in [-1, 1].

        The condition's times are those of the level's own frames.
        """
        batch, time = below.shape[0], self.rate * below.shape[1]
        # The start is the same at all times: one linear map a video, if its condition is.
        start = over_time(self.first, condition.vector[:, :1]).unflatten(2, (-1, *self.start))
        maps = start.expand(-1, time, -1, -1, -1)
        for number, mix in enumerate(self.mixing):
            maps = self._link(3 * number, mix(maps), below)
            for part in (1, 2):
                block = self.blocks[2 * number + part - 1]
                flat: Tensor = block(maps.reshape(batch * time, *maps.shape[2:]), condition)
                maps = self._link(3 * number + part, flat.unflatten(0, (batch, time)), below)
        painted: Tensor = self.paint(maps.flatten(0, 1), condition).unflatten(0, (batch, time))
        return painted

    def _link(self, number: int, maps: Tensor, below: Tensor) -> Tensor:
        """Maps plus a 1x1 convolution of the frames below, at the maps' size and rate, unless those are smaller."""
        link = self.links[number]
        if isinstance(link, nn.Identity):
            return maps
        small: Tensor = link(_nearest(below.flatten(0, 1), maps.shape[-2:])).unflatten(0, below.shape[:2])
        return maps + (small if self.rate == 1 else small.repeat_interleave(self.rate, 1))


def _nearest(frames: Tensor, size: torch.Size) -> Tensor:
    return frames if frames.shape[-2:] == size else F.interpolate(frames, tuple(size), mode="nearest")
