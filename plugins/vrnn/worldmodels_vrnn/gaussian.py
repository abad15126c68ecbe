"""Diagonal Gaussians, and the densities that frames have under each loss."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import torch.nn.functional as F
from torch import Tensor

Pixels = Literal["l1", "l2", "bce"]
LEAST_VARIANCE = 1e-6


class Gaussian(NamedTuple):
    """Means and variances of any, but the same, shape."""

    mean: Tensor
    variance: Tensor

    @classmethod
    def of(cls, raw: Tensor) -> Gaussian:
        """From a network's output (batch, time, 2 * channel, height, width): the variance is a softplus."""
        mean, variance = raw.chunk(2, -3)
        return cls(mean, F.softplus(variance) + LEAST_VARIANCE)

    def log_density(self, value: Tensor) -> Tensor:
        """Of every entry of `value`, in nats."""
        return -0.5 * ((value - self.mean).square() / self.variance + self.variance.log() + math.log(2 * math.pi))


def kl(q: Gaussian, p: Gaussian) -> Tensor:
    """KL(q || p) of every entry, in nats."""
    distance = (q.mean - p.mean).square()
    return 0.5 * ((q.variance + distance) / p.variance - 1 + p.variance.log() - q.variance.log())


def pixel_loss(logits: Tensor, frames: Tensor, kind: Pixels) -> Tensor:
    """The loss of every pixel of frames decoded as `logits`, without constants."""
    match kind:
        case "l1":
            return (logits.sigmoid() - frames).abs()
        case "l2":
            return (logits.sigmoid() - frames).square()
    return F.binary_cross_entropy_with_logits(logits, frames, reduction="none")


CONSTANTS: dict[Pixels, float] = {"l1": math.log(2), "l2": 0.5 * math.log(math.pi), "bce": 0.0}
"""What a pixel's loss lacks to -log p: of a Laplace of scale 1, a Gaussian of variance 1/2, a Bernoulli."""
