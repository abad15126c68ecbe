"""The parts of the evidence bound (Equation 4.5 of the thesis), each a video's sum in nats, (batch,)."""

from __future__ import annotations

import torch
from torch import Tensor

from worldmodels_vrnn.gaussian import CONSTANTS, Pixels, kl, pixel_loss
from worldmodels_vrnn.network import Followed, Network


def reconstruction(network: Network, followed: Followed, frames: Tensor, kind: Pixels) -> Tensor:
    """The loss of the frames that were followed, without the density's constant."""
    logits = network.decoder.logits(followed.decoded).to(frames.dtype)
    return pixel_loss(logits, frames, kind).flatten(1).sum(1)


def log_likelihood(network: Network, followed: Followed, frames: Tensor, kind: Pixels) -> Tensor:
    """Log p(frames | latents)."""
    return -reconstruction(network, followed, frames, kind) - CONSTANTS[kind] * frames[0].numel()


def analytic_kl(network: Network, followed: Followed) -> Tensor:
    """KL(q || p) of all latents, given the draws of the coarser ones."""
    levels = [kl(q, p).flatten(1).sum(1) for _, q, p in network.divergent(followed)]
    return torch.stack(levels).sum(0)


def sampled_kl(network: Network, followed: Followed) -> Tensor:
    """Log q(z) - log p(z) at the draws."""
    levels = []
    for level, q, p in network.divergent(followed):
        z = followed.latents[level]
        levels.append((q.log_density(z) - p.log_density(z)).flatten(1).sum(1))
    return torch.stack(levels).sum(0)
