"""Fields of density and features: of an object in its own space, and of the background."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from worldmodels_inferno.config import INFERNOConfig

EDGE = 1.5
"""Radius of the ball that an object's field fills, in sizes of the object."""

_SOLID, _SHARPNESS, _BALL = 25.0, 6.0, 0.9


def encode(points: Tensor, octaves: int) -> Tensor:
    """Coordinates (..., d), and sines and cosines of them that double in frequency (..., d + 2 d octaves)."""
    if not octaves:
        return points
    frequencies = math.pi / 2 * 2.0 ** torch.arange(octaves, dtype=points.dtype, device=points.device)
    angles = (points.unsqueeze(-1) * frequencies).flatten(-2)
    return torch.cat([points, angles.sin(), angles.cos()], -1)


def encoded(coordinates: int, octaves: int) -> int:
    """The width of `encode`."""
    return coordinates * (1 + 2 * octaves)


class ObjectField(nn.Module):
    """Density and features at points of an object's own space; all objects share it.

    Args:
        config: The model's settings.
    """

    def __init__(self, config: INFERNOConfig) -> None:
        super().__init__()
        c = self.config = config
        read = encoded(3, c.octaves)
        widths = [read] + [c.hidden] * c.layers
        # The points once more in the middle of the network, as in NeRF: depth blurs them.
        again = [read if index + 1 == c.skip else 0 for index in range(c.layers)]
        self.layers = nn.ModuleList(
            nn.Linear(before + more, after) for (before, after), more in zip(pairwise(widths), again, strict=True)
        )
        self.parts = 2 if c.modulation == "film" else 1
        self.modulate = nn.Linear(c.shape, c.layers * self.parts * c.hidden)
        self.density = nn.Linear(c.hidden, 1)
        self.colour = nn.Linear(c.hidden + (encoded(3, c.view_octaves) if c.view_octaves else 0), c.hidden)
        self.look = nn.Linear(c.appearance, c.hidden)
        self.out = nn.Linear(c.hidden, c.features)

    def forward(
        self, points: Tensor, which: Tensor, shape: Tensor, appearance: Tensor, directions: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Density (point,) and features (point, feature).

        Args:
            points: (point, 3), in sizes of the object around its middle.
            which: The object of each (point,).
            shape: (object, number).
            appearance: (object, number).
            directions: Of the rays that the points are on (point, 3).
        """
        c, read = self.config, encode(points, self.config.octaves)
        modulations = self.modulate(shape).chunk(c.layers, -1)
        hidden = read
        for index, (layer, modulation) in enumerate(zip(self.layers, modulations, strict=True)):
            hidden = layer(torch.cat([hidden, read], -1) if index + 1 == c.skip else hidden)
            changed = modulation.index_select(0, which)
            if self.parts == 2:
                scale, changed = changed.chunk(2, -1)
                hidden = hidden * (1 + scale)
            hidden = (hidden + changed).relu()
        density = self._density(self.density(hidden).squeeze(-1), points)
        if c.view_octaves:
            # After the density, which must not depend on where one looks from.
            hidden = torch.cat([hidden, encode(directions, c.view_octaves)], -1)
        features = self.out((self.colour(hidden) + self.look(appearance).index_select(0, which)).relu())
        return density, coloured(features)

    def _density(self, raw: Tensor, points: Tensor) -> Tensor:
        if self.config.density == "relu":
            return _noisy_relu(raw, self.training)
        # It begins as a ball, so objects need no warm-up before the background learns to do without them.
        ball: Tensor = raw + _SHARPNESS * (_BALL - points.norm(dim=-1))
        return _SOLID * ball.sigmoid()


class Ground(nn.Module):
    """An opaque plane: what a ray that meets no object ends at.

    Args:
        config: The model's settings.
    """

    def __init__(self, config: INFERNOConfig) -> None:
        super().__init__()
        c = self.config = config
        self.first = nn.Linear(encoded(2, 2), c.background_hidden)
        self.look = nn.Linear(c.background_latent, c.background_hidden)
        self.layers = nn.ModuleList(
            nn.Linear(c.background_hidden, c.background_hidden) for _ in range(c.background_layers - 1)
        )
        self.out = nn.Linear(c.background_hidden, c.features)

    def forward(self, points: Tensor, appearance: Tensor) -> Tensor:
        """Features (batch, ray, feature) where rays meet it (batch, ray, 2), given (batch, number)."""
        # The ground goes on far beyond the objects' reach; two octaves keep it smooth.
        hidden = self.first(encode(points / self.config.reach / 4, 2))
        hidden = (hidden + self.look(appearance[:, : self.config.background_latent]).unsqueeze(1)).relu()
        for layer in self.layers:
            hidden = layer(hidden).relu()
        return coloured(self.out(hidden))


class Volume(nn.Module):
    """A background of density and features everywhere, as the paper's; without objects it is NeRF-AE's whole scene.

    Args:
        config: The model's settings.
    """

    def __init__(self, config: INFERNOConfig) -> None:
        super().__init__()
        c = self.config = config
        widths = [encoded(3, c.octaves)] + [c.background_hidden] * c.background_layers
        self.layers = nn.ModuleList(nn.Linear(before, after) for before, after in pairwise(widths))
        self.modulate = nn.Linear(c.background_latent, c.background_layers * c.background_hidden)
        self.density = nn.Linear(c.background_hidden, 1)
        nn.init.constant_(self.density.bias, 0.5)  # begun empty, it would stay so
        self.colour = nn.Linear(c.background_hidden, c.background_hidden)
        self.look = nn.Linear(c.background_latent, c.background_hidden)
        self.out = nn.Linear(c.background_hidden, c.features)

    def forward(self, points: Tensor, shape: Tensor, appearance: Tensor) -> tuple[Tensor, Tensor]:
        """Density (batch, point) and features (batch, point, feature) at points (batch, point, 3) of the world."""
        c = self.config
        hidden = encode(points / c.reach / 2, c.octaves)
        modulations = self.modulate(shape[:, : c.background_latent]).unsqueeze(1).chunk(c.background_layers, -1)
        for layer, modulation in zip(self.layers, modulations, strict=True):
            hidden = (layer(hidden) + modulation).relu()
        density = _noisy_relu(self.density(hidden).squeeze(-1), self.training)
        look = self.look(appearance[:, : c.background_latent]).unsqueeze(1)
        return density, coloured(self.out((self.colour(hidden) + look).relu()))


def coloured(features: Tensor) -> Tensor:
    """Features whose first three are a colour from 0 to 1."""
    return torch.cat([features[..., :3].sigmoid(), features[..., 3:]], -1)


def _noisy_relu(raw: Tensor, noisy: bool) -> Tensor:
    """GIRAFFE's density; the noise of training keeps it from dying, and favours what is clearly there or not."""
    return (raw + torch.randn_like(raw) if noisy else raw).relu()
