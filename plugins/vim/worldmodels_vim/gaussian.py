"""Diagonal Gaussians as networks give them, and their divergence."""

from __future__ import annotations

from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor

NARROW = 4.0
"""Subtracted before softplus: deviations begin at about 0.02."""


class Gaussian(NamedTuple):
    """Mean and standard deviation, each (..., width)."""

    mean: Tensor
    std: Tensor

    @classmethod
    def of(cls, raw: Tensor) -> Gaussian:
        """From a network's output (..., 2 width): the mean, then the standard deviation before softplus.

        Deviations begin small, so that updates neither blur what modules do nor can cheaply do it in their place.
        """
        mean, std = raw.chunk(2, -1)
        return cls(mean, F.softplus(std - NARROW) + 1e-4)


def kl(q: Gaussian, p: Gaussian) -> Tensor:
    """KL(q || p) in nats, (...)."""
    squares = (q.std.square() + (q.mean - p.mean).square()) / (2 * p.std.square())
    return (squares - 0.5 + p.std.log() - q.std.log()).sum(-1)
