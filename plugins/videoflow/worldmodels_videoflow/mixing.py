"""An invertible 1x1 convolution in its PLU form (Kingma and Dhariwal, 2018, eq. 11)."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Mixing(nn.Module):
    """W = P L (U + diag(s)): a permutation, two triangles, and a diagonal whose signs stay as they begin.

    It begins as a random rotation.

    Args:
        channels: How many are mixed.
    """

    permutation: Tensor
    signs: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        rotation = torch.linalg.qr(torch.randn(channels, channels, dtype=torch.float64))[0]
        permutation, lower, upper = torch.linalg.lu(rotation)
        diagonal = upper.diagonal()
        self.register_buffer("permutation", permutation.float())
        self.register_buffer("signs", diagonal.sign().float())
        self.lower = nn.Parameter(lower.tril(-1).float())
        self.upper = nn.Parameter(upper.triu(1).float())
        self.log_diagonal = nn.Parameter(diagonal.abs().log().float())

    @property
    def weights(self) -> tuple[Tensor, ...]:
        """All that W is made of."""
        return self.permutation, self.signs, self.lower, self.upper, self.log_diagonal

    def weight(self) -> Tensor:
        """W (channel, channel)."""
        lower, upper = self._triangles()
        return self.permutation @ lower @ upper

    def inverse(self) -> Tensor:
        """The inverse of W (channel, channel), by two triangular solves in 64 bits."""
        lower, upper = (triangle.double() for triangle in self._triangles())
        solved = torch.linalg.solve_triangular(lower, self.permutation.T.double(), upper=False, unitriangular=True)
        inverse: Tensor = torch.linalg.solve_triangular(upper, solved, upper=True).to(self.lower.dtype)
        return inverse

    def log_det(self) -> Tensor:
        """The number log |det W|: what the convolution adds for each place."""
        return self.log_diagonal.sum()

    def _triangles(self) -> tuple[Tensor, Tensor]:
        one = torch.eye(len(self.signs), dtype=self.lower.dtype, device=self.lower.device)
        diagonal = torch.diag(self.signs * self.log_diagonal.exp())
        return self.lower.tril(-1) + one, self.upper.triu(1) + diagonal
