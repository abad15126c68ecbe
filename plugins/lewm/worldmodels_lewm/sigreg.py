"""SIGReg: embeddings are held to an isotropic Gaussian by tests along random directions (Balestriero & LeCun, 2025)."""

from __future__ import annotations

import torch
from torch import Tensor


def sigreg(z: Tensor, weights: Tensor | None, directions: int, nodes: int = 17, limit: float = 3.0) -> Tensor:
    """The mean statistic of Epps and Pulley over random directions: 0 for a standard normal distribution.

    N integral |phi(t) - exp(-t^2 / 2)|^2 exp(-t^2 / 2) dt, phi the embeddings' characteristic function along a
    direction, by the trapezoid rule on [0, limit], twice for both signs. A constant z, into which a model that only
    predicts itself collapses, is as far from it as can be.

    Args:
        z: Embeddings (batch, time, width).
        weights: (batch, time), or `None` for equal ones.
        directions: How many.
        nodes: Of the integral.
        limit: Its end.
    """
    flat = z.flatten(0, 1)
    share = torch.ones(len(flat), device=z.device) if weights is None else weights.flatten().to(z)
    count = share.sum().clamp_min(1.0)
    along = torch.nn.functional.normalize(torch.randn(z.shape[-1], directions, device=z.device, dtype=z.dtype), dim=0)
    t = torch.linspace(0, limit, nodes, device=z.device, dtype=z.dtype)
    phase = (flat @ along).unsqueeze(-1) * t  # (sample, direction, node)
    real, imaginary = (torch.einsum("s,sdn->dn", share, part) / count for part in (phase.cos(), phase.sin()))
    target = (-0.5 * t.square()).exp()
    distance = ((real - target).square() + imaginary.square()) * target
    return 2 * count * torch.trapezoid(distance, t, dim=-1).mean()
