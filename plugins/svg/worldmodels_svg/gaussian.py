"""Diagonal Gaussians as the networks give them, and their divergence."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from worldmodels.noise import Noise


class Gaussian(NamedTuple):
    """Mean and logarithm of the variance, each (..., latent)."""

    mean: Tensor
    log_variance: Tensor

    def sample(self, noise: Noise) -> Tensor:
        """A draw (..., latent), differentiable in both."""
        return noise.gaussian(self.mean, (0.5 * self.log_variance).exp())


def kl(q: Gaussian, p: Gaussian) -> Tensor:
    """KL(q || p) in nats, (...,)."""
    squares = (q.log_variance - p.log_variance).exp() + (q.mean - p.mean).square() * (-p.log_variance).exp()
    return 0.5 * (squares - 1 + p.log_variance - q.log_variance).sum(-1)
