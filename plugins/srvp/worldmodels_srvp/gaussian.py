"""Diagonal Gaussians as networks give them, their divergences, and the likelihood of frames."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor


class Gaussian(NamedTuple):
    """Mean and standard deviation, each (..., width)."""

    mean: Tensor
    std: Tensor

    @classmethod
    def of(cls, raw: Tensor) -> Gaussian:
        """From a network's output (..., 2 width): the mean, then the standard deviation before softplus."""
        mean, std = widen(raw).chunk(2, -1)
        return cls(mean, F.softplus(std) + 1e-8)


def kl_from_standard(q: Gaussian) -> Tensor:
    """KL(q || N(0, 1)) in nats, (...,)."""
    return (0.5 * (q.mean.square() + q.std.square() - 1) - q.std.log()).sum(-1)


def kl(q: Gaussian, p: Gaussian) -> Tensor:
    """KL(q || p) in nats, (...,)."""
    squares = (q.std.square() + (q.mean - p.mean).square()) / (2 * p.std.square())
    return (squares - 0.5 + p.std.log() - q.std.log()).sum(-1)


def gaussian_nll(logits: Tensor, frames: Tensor, std: float) -> Tensor:
    """-log N(frame; sigmoid(logits), std²) in nats, constant included, summed over a frame's pixels: (...,)."""
    errors = (frames - logits.sigmoid()) / std
    return (0.5 * errors.square() + math.log(std) + 0.5 * math.log(2 * math.pi)).flatten(-3).sum(-1)


def bernoulli_nll(logits: Tensor, frames: Tensor) -> Tensor:
    """Cross-entropy between pixels in [0, 1] and sigmoid(logits) in nats, summed over a frame's pixels: (...,)."""
    losses: Tensor = F.binary_cross_entropy_with_logits(logits, frames, reduction="none")
    return losses.flatten(-3).sum(-1)


def widen(values: Tensor) -> Tensor:
    """Half precision as float32; wider stays as it is."""
    return values if values.dtype == torch.float64 else values.float()


def pick(values: Tensor, index: Tensor) -> Tensor:
    """Entries `index` (batch, k) along the time axis of values (batch, time, ...)."""
    return values[torch.arange(len(values), device=values.device).unsqueeze(1), index]
