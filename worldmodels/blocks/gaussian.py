"""`Gaussian`: the diagonal Gaussian that networks give."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from worldmodels.blocks.precision import widen
from worldmodels.noise import Noise


class Gaussian(NamedTuple):
    """Mean and standard deviation, both of the same shape, whatever it is.

    Densities and divergences are those of each entry, so that every model sums over the axes that it means.
    """

    mean: Tensor
    std: Tensor

    @classmethod
    def softplus(cls, raw: Tensor, *, dim: int = -1, shift: float = 0.0, least: float = 1e-8) -> Gaussian:
        """Of a network's output: means along `dim`, then deviations before `shift`, softplus and `least`."""
        mean, std = widen(raw).chunk(2, dim)
        return cls(mean, F.softplus(std + shift if shift else std) + least)

    @classmethod
    def log_variance(cls, mean: Tensor, log_variance: Tensor) -> Gaussian:
        """From means and logarithms of variances."""
        return cls(widen(mean), (0.5 * widen(log_variance)).exp())

    @classmethod
    def standard(cls, like: Tensor) -> Gaussian:
        """Mean 0 and deviation 1 in the shape of `like`."""
        return cls(torch.zeros_like(like), torch.ones_like(like))

    def map(self, function: Callable[[Tensor], Tensor]) -> Gaussian:
        """The same change of both, such as an index."""
        return Gaussian(function(self.mean), function(self.std))

    def rsample(self, noise: Noise) -> Tensor:
        """A draw, differentiable in both."""
        return noise.gaussian(self.mean, self.std)

    def log_prob(self, value: Tensor) -> Tensor:
        """Log density of each entry of `value`, in nats."""
        return -0.5 * ((value - self.mean) / self.std).square() - self.std.log() - 0.5 * math.log(2 * math.pi)

    def kl(self, other: Gaussian) -> Tensor:
        """KL(self || other) of each entry, in nats."""
        squares = (self.std.square() + (self.mean - other.mean).square()) / (2 * other.std.square())
        return squares - 0.5 + other.std.log() - self.std.log()
