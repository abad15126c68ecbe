"""The parts of the evidence bound (Equation 4.5 of the thesis), of each frame in nats, (batch, time)."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from worldmodels.blocks import widen
from worldmodels_vrnn.network import Followed, Network
from worldmodels_vrnn.pixels import CONSTANTS, Pixels, pixel_loss


def reconstruction(network: Network, followed: Followed, frames: Tensor, kind: Pixels) -> Tensor:
    """The loss of the frames that were followed, without the density's constant."""
    logits = widen(network.decoder.logits(followed.decoded))
    return pixel_loss(logits, frames, kind).flatten(2).sum(2)


def log_likelihood(network: Network, followed: Followed, frames: Tensor, kind: Pixels) -> Tensor:
    """Log p(frames | latents)."""
    return -reconstruction(network, followed, frames, kind) - CONSTANTS[kind] * frames[0, 0].numel()


def divergence(network: Network, followed: Followed, how: Literal["analytic", "sample"]) -> Tensor:
    """KL(q || p) of all latents, given the draws of the coarser ones; or log q(z) - log p(z) at the draws."""
    levels = []
    for level, q, p in network.divergent(followed):
        z = followed.latents[level]
        entries = q.kl(p) if how == "analytic" else q.log_prob(z) - p.log_prob(z)
        levels.append(entries.flatten(2).sum(2))
    return torch.stack(levels).sum(0)
