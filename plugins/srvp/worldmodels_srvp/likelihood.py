"""How likely frames are under what is decoded."""

from __future__ import annotations

import math

import torch.nn.functional as F
from torch import Tensor


def gaussian_nll(logits: Tensor, frames: Tensor, std: float) -> Tensor:
    """-log N(frame; sigmoid(logits), std²) in nats, constant included, summed over a frame's pixels: (...,)."""
    errors = (frames - logits.sigmoid()) / std
    return (0.5 * errors.square() + math.log(std) + 0.5 * math.log(2 * math.pi)).flatten(-3).sum(-1)


def bernoulli_nll(logits: Tensor, frames: Tensor) -> Tensor:
    """Cross-entropy between pixels in [0, 1] and sigmoid(logits) in nats, summed over a frame's pixels: (...,)."""
    losses: Tensor = F.binary_cross_entropy_with_logits(logits, frames, reduction="none")
    return losses.flatten(-3).sum(-1)
