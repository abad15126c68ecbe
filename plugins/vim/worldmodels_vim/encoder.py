"""Frames to the tokens that slots compete for."""

from __future__ import annotations

from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from worldmodels.blocks import LinearPositions, mlp
from worldmodels.errors import InputError
from worldmodels_vim.config import VIMConfig

PATCH = 4


def cells(frame_shape: tuple[int, int, int], side: int = PATCH) -> tuple[int, int]:
    """Rows and columns of a frame's cells of `side` pixels.

    Raises:
        InputError: where patches do not fill the frame.
    """
    _, height, width = frame_shape
    if height % PATCH or width % PATCH:
        raise InputError(f"frames of {height}x{width} given; patches need multiples of {PATCH}, or use preset='paper'.")
    return height // side, width // side


class Encoder(nn.Module):
    """Convolutions, a position code and an MLP of each token (Table 8.1).

    Args:
        frame_shape: (channel, height, width).
        config: Sizes; "patch" has a token for every few pixels, "conv" one for each pixel.
    """

    def __init__(self, frame_shape: tuple[int, int, int], config: VIMConfig) -> None:
        super().__init__()
        colours, channels = frame_shape[0], config.channels
        patches = config.encoder == "patch"
        self.shape = cells(frame_shape, config.stride) if patches else frame_shape[1:]
        self.convolutions = _patches(colours, channels, config.stride) if patches else _full(colours, channels)
        self.positions = LinearPositions(*self.shape, channels)
        self.tokens = nn.Sequential(nn.LayerNorm(channels), mlp(channels, channels, channels))

    def forward(self, frames: Tensor) -> Tensor:
        """Tokens (batch, cell, channels) of frames (batch, channel, height, width)."""
        maps = self.convolutions(frames).flatten(2).transpose(1, 2)
        tokens: Tensor = self.tokens(maps + self.positions())
        return tokens


def contrasts(frames: Tensor, shape: tuple[int, int]) -> Tensor:
    """How far the pixels of each cell (batch, cell) are from the usual colour of frames (batch, channel, ...)."""
    usual = frames.flatten(2).median(-1).values[..., None, None]
    return F.adaptive_avg_pool2d((frames - usual).square().sum(1), shape).flatten(1)


def _patches(colours: int, channels: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(colours, channels, 2 * PATCH, stride, PATCH - stride // 2),
        nn.ReLU(),
        nn.Conv2d(channels, channels, 3, padding=1),
        nn.ReLU(),
    )


def _full(colours: int, channels: int) -> nn.Sequential:
    widths = [colours, channels, channels, channels, channels]
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Conv2d(before, after, 5, padding=2), nn.ReLU()]
    return nn.Sequential(*layers)
