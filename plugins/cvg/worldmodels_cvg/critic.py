"""The critics: spatial, temporal and matching, and the geometric hinge loss."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from worldmodels_cvg.config import LevelConfig
from worldmodels_cvg.layers import DownConv, DownConv3d, spectral

_VOLUMETRIC = 2


class Block(nn.Module):
    """relu-conv-relu-conv-[average], beside a shortcut; the first of a critic reads pixels, without the first relu.

    Args:
        inputs: Channels before.
        channels: Channels after.
        volumetric: Whether it convolves over time.
        down: Whether it halves the maps' size.
        first: Whether it reads pixels.
    """

    def __init__(self, inputs: int, channels: int, volumetric: bool, down: bool, first: bool) -> None:
        super().__init__()
        self.down, self.first = down, first
        plain = nn.Conv3d if volumetric else nn.Conv2d
        second: nn.Module = plain(channels, channels, 3, padding=1)
        if down:
            second = DownConv3d(channels, channels) if volumetric else DownConv(channels, channels)
        self.convs = nn.ModuleList([plain(inputs, channels, 3, padding=1), second])
        self.shortcut = plain(inputs, channels, 1) if down or inputs != channels else nn.Identity()
        self.pool = (1, 2, 2) if volumetric else (2, 2)

    def forward(self, maps: Tensor) -> Tensor:
        """Maps (item, channels, ...) of (item, inputs, ...)."""
        first, second = self.convs
        hidden: Tensor = second(F.relu(first(maps if self.first else F.relu(maps))))
        if not self.down:
            passed: Tensor = self.shortcut(maps)
            return hidden + passed
        average = F.avg_pool3d if len(self.pool) == 3 else F.avg_pool2d
        # Averaging and a 1x1 convolution may change places; averaging first is a quarter of the work.
        passed = self.shortcut(average(maps, self.pool))
        return hidden + passed


class Critic(nn.Module):
    """Residual blocks, the first ones over time too where it is volumetric; one output for each frame.

    Args:
        inputs: Channels of what it sees.
        config: The level's.
        size: Height and width of what it sees.
        volumetric: Whether its first two blocks convolve over time.
        classes: Number of labels; 0 for none.
    """

    def __init__(
        self, inputs: int, config: LevelConfig, size: tuple[int, int], volumetric: bool, classes: int = 0
    ) -> None:
        super().__init__()
        self.blocks = nn.ModuleList()
        widths = [multiplier * config.critic_channels for multiplier in config.critic_blocks]
        height, width = size
        for number, (before, after) in enumerate(zip([inputs, *widths], widths, strict=False)):
            down = number < len(widths) - 1 and height % 2 == 0 and width % 2 == 0
            self.blocks.append(Block(before, after, volumetric and number < _VOLUMETRIC, down, number == 0))
            height, width = (height // 2, width // 2) if down else (height, width)
        self.volumetric = min(_VOLUMETRIC, len(widths)) if volumetric else 0
        self.output = nn.Linear(widths[-1], 1)
        self.labels = nn.Linear(classes, widths[-1], bias=False) if classes else None
        spectral(self)

    def forward(self, video: Tensor, label: Tensor) -> Tensor:
        """Outputs (batch, time) of videos (batch, time, channel, height, width) and labels (batch, class)."""
        batch, time = video.shape[:2]
        maps = video.transpose(1, 2) if self.volumetric else video.flatten(0, 1)
        for number, block in enumerate(self.blocks):
            if number == self.volumetric and number:
                maps = maps.transpose(1, 2).flatten(0, 1)
            maps = block(maps)
        if self.volumetric == len(self.blocks):
            maps = maps.transpose(1, 2).flatten(0, 1)
        pooled: Tensor = F.relu(maps).sum((2, 3)).unflatten(0, (batch, time))
        outputs: Tensor = self.output(pooled).squeeze(-1)
        if self.labels is None:
            return outputs
        # The projection of Miyato and Koyama (2018); the paper does not say how its critics see labels.
        named: Tensor = self.labels(label).unsqueeze(1)
        return outputs + (pooled * named).sum(-1)


class Views(NamedTuple):
    """What critics look at, frames in [-1, 1].

    Attributes:
        frames: (batch, time, channel, height, width), real or generated.
        label: (batch, class).
        context: (batch, seen, channel, height, width), the frames before them; `None` in upsampling levels.
        actions: (batch, seen + time, action) that led to each of both; `None` in upsampling levels.
        below: (batch, time / rate, channel, height, width) of the level below; `None` in the first.
    """

    frames: Tensor
    label: Tensor
    context: Tensor | None = None
    actions: Tensor | None = None
    below: Tensor | None = None


class Critics(nn.Module):
    """All critics of a level; their outputs lie side by side, so each counts as often as it has outputs.

    Args:
        config: The level's.
        size: Height and width of its frames.
        pixels: Channels of a frame.
        actions: Width of an action; 0 in upsampling levels.
        below: Height and width of the frames of the level below; `None` in the first.
        classes: Number of labels.
    """

    def __init__(
        self,
        config: LevelConfig,
        size: tuple[int, int],
        pixels: int,
        actions: int,
        below: tuple[int, int] | None,
        classes: int,
    ) -> None:
        super().__init__()
        self.frames, self.shrink, self.rate = config.frames, config.shrink, config.rate
        small = (size[0] // config.shrink, size[1] // config.shrink)
        self.spatial = Critic(pixels, config, size, False, classes)
        self.temporal = Critic(pixels + actions, config, small, True, classes)
        matches = below is not None and config.matching
        self.matching = Critic(2 * pixels, config, below, True, classes) if below and matches else None

    def choose(self, batch: int, time: int, device: torch.device) -> Tensor:
        """Frames (batch, chosen) that the spatial critic looks at."""
        return torch.rand(batch, time, device=device).argsort(1)[:, : self.frames]

    def forward(self, views: Views, chosen: Tensor) -> Tensor:
        """Outputs (batch, number) of all critics."""
        frames, label = views.frames, views.label
        rows = torch.arange(len(frames), device=frames.device)[:, None]
        outputs = [self.spatial(frames[rows, chosen], label), self.temporal(self._whole(views), label)]
        if self.matching is not None:
            assert views.below is not None
            small = shrink(frames[:, :: self.rate], frames.shape[-1] // views.below.shape[-1])
            outputs.append(self.matching(torch.cat([views.below, small], 2), label))
        return torch.cat(outputs, 1)

    def _whole(self, views: Views) -> Tensor:
        """What the temporal critic sees: the frames before and after, smaller, with the action that led to each."""
        frames = views.frames if views.context is None else torch.cat([views.context, views.frames], 1)
        small = shrink(frames, self.shrink)
        if views.actions is None or not views.actions.shape[2]:
            return small
        planes = views.actions[..., None, None].expand(-1, -1, -1, *small.shape[-2:])
        return torch.cat([small, planes], 2)


def shrink(frames: Tensor, factor: int) -> Tensor:
    """Frames (batch, time, channel, height, width) averaged over squares of `factor`."""
    if factor == 1:
        return frames
    small: Tensor = F.avg_pool2d(frames.flatten(0, 1), factor).unflatten(0, frames.shape[:2])
    return small


def critic_loss(real: Tensor, fake: Tensor) -> Tensor:
    """The geometric hinge of the critics (Lim and Ye, 2017), averaged over videos and outputs."""
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def generator_loss(fake: Tensor) -> Tensor:
    """The generator's: minus what the critics say of its videos."""
    return -fake.mean()
