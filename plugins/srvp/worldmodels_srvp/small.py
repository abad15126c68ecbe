"""A small encoder and decoder for a CPU."""

from __future__ import annotations

import os
from collections.abc import Sequence

import torch
from torch import Tensor, nn

STRIDE = 8


class SmallEncoder(nn.Module):
    """Two strided convolutions and two linear layers."""

    def __init__(self, shape: tuple[int, int, int], filters: int, encoding: int) -> None:
        super().__init__()
        channels, height, width = shape
        cells = (height // STRIDE) * (width // STRIDE)
        self.network = nn.Sequential(
            nn.Conv2d(channels, filters // 2, 4, 4),
            nn.SiLU(),
            nn.Conv2d(filters // 2, filters, 4, 2, 1),
            nn.SiLU(),
            nn.Flatten(),
            nn.Linear(filters * cells, 256),
            nn.SiLU(),
            nn.Linear(256, encoding),
        )

    def forward(self, frames: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Encodings (n, encoding) of frames (n, channel, height, width); there are no feature maps to skip with."""
        return self.network(frames), []


class ConvDecoder(nn.Module):
    def __init__(self, shape: tuple[int, int, int], filters: int, inputs: int, skips: bool) -> None:
        super().__init__()
        channels, height, width = shape
        n = filters
        self.network = nn.Sequential(
            nn.Linear(inputs, n * (height // STRIDE) * (width // STRIDE)),
            nn.Unflatten(1, (n, height // STRIDE, width // STRIDE)),
            nn.SiLU(),
            nn.ConvTranspose2d(n, n // 2, 4, 2, 1),
            nn.SiLU(),
            nn.ConvTranspose2d(n // 2, n // 4, 4, 2, 1),
            nn.SiLU(),
            nn.ConvTranspose2d(n // 4, channels, 4, 2, 1),
        )

    def forward(self, latents: Tensor, skips: Sequence[Tensor] = ()) -> Tensor:
        return self.network(latents)


class GridDecoder(nn.Module):
    """An MLP that is asked at each cell of a grid of patches what is there."""

    def __init__(self, shape: tuple[int, int, int], filters: int, inputs: int, skips: bool) -> None:
        super().__init__()
        channels, height, width = shape
        P = int(os.environ.get("PATCH", "4"))
        H = int(os.environ.get("GH", "128"))
        self.rows, self.columns = height // P, width // P
        self.scene = nn.Sequential(nn.Linear(inputs, H), nn.SiLU(), nn.Linear(H, H))
        self.place = nn.Parameter(torch.randn(self.rows * self.columns, H))
        self.paint = nn.Sequential(nn.SiLU(), nn.Linear(H, H), nn.SiLU(), nn.Linear(H, channels * P * P))
        self.shuffle = nn.PixelShuffle(P)

    def forward(self, latents: Tensor, skips: Sequence[Tensor] = ()) -> Tensor:
        cells = self.scene(latents).unsqueeze(1) + self.place
        patches = self.paint(cells).transpose(1, 2).unflatten(2, (self.rows, self.columns))
        return self.shuffle(patches)


class WideDecoder(nn.Module):
    def __init__(self, shape: tuple[int, int, int], filters: int, inputs: int, skips: bool) -> None:
        super().__init__()
        H = int(os.environ.get("GH", "512"))
        c, h, w = shape
        self.network = nn.Sequential(
            nn.Linear(inputs, H), nn.SiLU(), nn.Linear(H, H), nn.SiLU(), nn.Linear(H, c * h * w), nn.Unflatten(1, shape)
        )

    def forward(self, latents: Tensor, skips: Sequence[Tensor] = ()) -> Tensor:
        return self.network(latents)


SmallDecoder = {"conv": ConvDecoder, "grid": GridDecoder, "wide": WideDecoder}[os.environ.get("DEC", "conv")]
