"""Where the cells of a grid are, and codes of places."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


def grid(height: int, width: int) -> Tensor:
    """Centres (height * width, 2) of a grid's cells as (x, y) from -1 to 1, row by row."""
    x = (2 * torch.arange(width) + 1) / width - 1
    y = (2 * torch.arange(height) + 1) / height - 1
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), -1).flatten(0, 1)


class LinearPositions(nn.Module):
    """A learned linear map of each cell's distances from the four sides (Locatello et al., 2020, appendix E.2).

    Args:
        height: Of the grid.
        width: Of the grid.
        features: Width of the vectors.
    """

    sides: Tensor

    def __init__(self, height: int, width: int, features: int) -> None:
        super().__init__()
        cells = (grid(height, width) + 1) / 2
        self.register_buffer("sides", torch.cat([cells, 1 - cells], -1), persistent=False)
        self.project = nn.Linear(4, features)

    def forward(self) -> Tensor:
        """The vectors (height * width, features), row by row."""
        vectors: Tensor = self.project(self.sides)
        return vectors


def waves(offsets: Tensor, octaves: int) -> Tensor:
    """Offsets (..., 2) with their sines and cosines (..., 2 + 4 octaves), the longest wave being 4 long."""
    phases = offsets.unsqueeze(-1) * (math.pi / 2 * 2.0 ** torch.arange(octaves, device=offsets.device))
    return torch.cat([offsets, phases.sin().flatten(-2), phases.cos().flatten(-2)], -1)
