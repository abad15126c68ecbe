"""`Camera`: where places of the world are seen in a frame."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Camera:
    """A pinhole camera.

    Attributes:
        matrix: (3, 4), or (batch, 3, 4) for one each: homogeneous places to homogeneous pixels (x, y), the corner
            of the first pixel being (0, 0).
    """

    matrix: Tensor

    def project(self, places: Tensor) -> Tensor:
        """Pixels (batch, ..., 2) as (x, y) of places (batch, ..., 3); undefined behind the camera."""
        homogeneous = torch.cat([places, torch.ones_like(places[..., :1])], -1)
        matrix = self.matrix if self.matrix.ndim == 2 else _widen(self.matrix, places.ndim + 1)
        x, y, depth = (matrix @ homogeneous.unsqueeze(-1)).squeeze(-1).unbind(-1)
        return torch.stack([x / depth, y / depth], -1)


def _widen(matrix: Tensor, axes: int) -> Tensor:
    """One matrix an item, with axes of 1 for those that places have between batch and coordinates."""
    return matrix.reshape(len(matrix), *[1] * (axes - 3), 3, 4)
