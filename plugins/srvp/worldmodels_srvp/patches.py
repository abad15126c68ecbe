"""`PatchEncoder` and `OuterProductDecoder`, for a CPU, which is fastest at matrix products."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

PATCHES = 8
"""Pixels of a side of each of the encoder's patches, of which frames are multiples."""
_HIDDEN = 256


class Patches(nn.Module):
    """One linear map of every patch: a convolution whose stride is its kernel, channels last."""

    def __init__(self, channels: int, size: int, outputs: int) -> None:
        super().__init__()
        self.size = size
        self.linear = nn.Linear(channels * size**2, outputs)

    def forward(self, grid: Tensor) -> Tensor:
        """Outputs (n, height / size, width / size, output) of a grid (n, height, width, channel)."""
        n, height, width, channels = grid.shape
        size = self.size
        patches = grid.reshape(n, height // size, size, width // size, size, channels).transpose(2, 3)
        outputs: Tensor = self.linear(patches.flatten(3))
        return outputs


class PatchEncoder(nn.Module):
    """Patches of patches, then two linear layers."""

    def __init__(self, shape: tuple[int, int, int], filters: int, encoding: int) -> None:
        super().__init__()
        channels, height, width = shape
        cells = (height // PATCHES) * (width // PATCHES)
        self.network = nn.Sequential(
            Patches(channels, PATCHES // 2, filters // 2),
            nn.SiLU(),
            Patches(filters // 2, 2, filters),
            nn.SiLU(),
            nn.Flatten(),
            nn.Linear(filters * cells, _HIDDEN),
            nn.SiLU(),
            nn.Linear(_HIDDEN, encoding),
        )

    def forward(self, frames: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Encodings (n, encoding) of frames (n, channel, height, width); there are no feature maps to skip with."""
        return self.network(frames.permute(0, 2, 3, 1)), []


class OuterProductDecoder(nn.Module):
    """Each channel's logits are a sum of a few outer products of a column and a row.

    Where something is along x and where along y are two small questions, which a linear layer learns to answer far
    sooner than where it is among all pixels.
    """

    def __init__(self, shape: tuple[int, int, int], filters: int, inputs: int) -> None:
        super().__init__()
        channels, height, width = shape
        self.rank = max(1, filters // 8)
        self.sizes = (height, width)
        self.network = nn.Sequential(nn.Linear(inputs, _HIDDEN), nn.SiLU(), nn.Linear(_HIDDEN, _HIDDEN), nn.SiLU())
        self.columns = nn.Linear(_HIDDEN, channels * self.rank * height)
        self.rows = nn.Linear(_HIDDEN, channels * self.rank * width)
        # Frames are mostly dark where this architecture is of use; learning that first would cost many steps.
        self.bias = nn.Parameter(torch.full((channels, 1, 1), -2.0))

    def forward(self, latents: Tensor, skips: Sequence[Tensor] = ()) -> Tensor:
        """Logits (n, channel, height, width) of latents (n, latent)."""
        scene, (height, width) = self.network(latents), self.sizes
        columns: Tensor = self.columns(scene).unflatten(1, (-1, height, self.rank))
        rows: Tensor = self.rows(scene).unflatten(1, (-1, self.rank, width))
        return columns @ rows + self.bias
