"""From rendered features to frames."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from worldmodels.errors import InputError
from worldmodels_inferno.config import INFERNOConfig


class Shuffle(nn.Module):
    """The rays' colours enlarged, and a correction of each pixel, which is nothing at first.

    Args:
        config: The model's settings.
        frame_shape: Channels, height and width of a frame.
    """

    def __init__(self, config: INFERNOConfig, frame_shape: tuple[int, int, int]) -> None:
        super().__init__()
        channels, self.height, self.width = frame_shape
        self.factor = self.height // config.rays
        self.first = nn.Conv2d(config.features, config.upscaler_width, 3, padding=1)
        self.last = nn.Conv2d(config.upscaler_width, channels * self.factor**2, 3, padding=1)
        nn.init.zeros_(self.last.weight)
        assert self.last.bias is not None
        nn.init.zeros_(self.last.bias)

    def forward(self, features: Tensor, colours: Tensor) -> Tensor:
        """Frames (batch, channel, height, width) of features and colours (batch, ..., rays, rays)."""
        coarse = F.interpolate(colours, (self.height, self.width), mode="bilinear", align_corners=False)
        return coarse + F.pixel_shuffle(self.last(self.first(features).relu()), self.factor)


class Nearest(nn.Module):
    """The paper's network (Table 10.9): convolutions with instance norm, each followed by nearest-neighbour doubling.

    Args:
        config: The model's settings.
        frame_shape: Channels, height and width of a frame.
    """

    def __init__(self, config: INFERNOConfig, frame_shape: tuple[int, int, int]) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = config.features
        for _ in range(round(math.log2(frame_shape[1] / config.rays))):
            layers += [
                nn.Conv2d(channels, config.upscaler_width, 3, padding=1),
                nn.InstanceNorm2d(config.upscaler_width),
                nn.ReLU(),
                nn.Upsample(scale_factor=2, mode="nearest"),
            ]
            channels = config.upscaler_width
        self.layers = nn.Sequential(*layers, nn.Conv2d(channels, frame_shape[0], 3, padding=1))

    def forward(self, features: Tensor, colours: Tensor) -> Tensor:
        """Frames (batch, channel, height, width) of features (batch, feature, rays, rays); colours are not used."""
        frames: Tensor = self.layers(features)
        return frames


def make_upscaler(config: INFERNOConfig, frame_shape: tuple[int, int, int]) -> Shuffle | Nearest:
    """The upscaler that the settings name.

    Raises:
        InputError: where frames are not a power of two as large as the rays.
    """
    _, height, width = frame_shape
    factor = height // config.rays
    if height != width or factor * config.rays != height or factor & (factor - 1) or factor < 1:
        raise InputError(
            f"frames of {height} x {width} given; they must be square, and {config.rays} rays times a power of two: "
            "set rays."
        )
    return (Shuffle if config.upscaler == "shuffle" else Nearest)(config, frame_shape)


def colours(features: Tensor, channels: int) -> Tensor:
    """The colours (..., channel, height, width) that features (..., feature, height, width) begin with."""
    rgb = features.narrow(-3, 0, 3)
    return rgb if channels == 3 else rgb.mean(-3, keepdim=True)


def as_maps(values: Tensor, rays: int) -> Tensor:
    """(batch, number, rays, rays) of (batch, ray, number)."""
    return torch.movedim(values.unflatten(1, (rays, rays)), -1, 1)
