"""Symlog, and numbers as distributions over bins (Hafner et al., 2025: DreamerV3)."""

from __future__ import annotations

import torch
from torch import Tensor


def symlog(x: Tensor) -> Tensor:
    """sign(x) ln(|x| + 1): large numbers pressed together, small ones left as they are (Equation 9)."""
    return x.sign() * x.abs().log1p()


def symexp(x: Tensor) -> Tensor:
    """sign(x) (exp(|x|) - 1), which undoes `symlog`."""
    return x.sign() * x.abs().expm1()


class TwoHot:
    """Numbers as weights on the two nearest of bins that lie evenly in symlog.

    A network gives logits of the bins: its gradients are of one size whatever the size of its targets.

    Args:
        count: How many bins; odd, so that one is 0.
        limit: The last bin is at `symexp(limit)`, the first at minus that.
    """

    def __init__(self, count: int = 255, limit: float = 20.0) -> None:
        self.count, self.limit = count, limit
        self.half = count // 2
        positive = symexp(torch.linspace(0, limit, self.half + 1, dtype=torch.float64))
        self.bins = torch.cat([-positive[1:].flip(0), positive])

    def encode(self, values: Tensor) -> Tensor:
        """Weights (..., bin) of values (...): they sum to 1, and their mean bin is the value (Equation 10)."""
        bins = self.bins.to(values.device)
        x = values.double().clamp(bins[0], bins[-1])
        above = torch.searchsorted(bins, x).clamp(1, self.count - 1)
        low, high = bins[above - 1], bins[above]
        share = ((x - low) / (high - low)).unsqueeze(-1)
        weights = torch.zeros(*x.shape, self.count, dtype=x.dtype, device=x.device)
        weights.scatter_(-1, above.unsqueeze(-1) - 1, 1 - share).scatter_(-1, above.unsqueeze(-1), share)
        return weights.to(values.dtype)

    def decode(self, logits: Tensor) -> Tensor:
        """The mean bin (...) of logits (..., bin)."""
        chance = logits.softmax(-1)
        # The far bins are huge: equal chances on both sides cancel only if they are subtracted first.
        differences = chance[..., self.half + 1 :] - chance[..., : self.half].flip(-1)
        return differences @ self.bins[self.half + 1 :].to(logits)

    def loss(self, logits: Tensor, values: Tensor) -> Tensor:
        """The cross-entropy (...) of logits (..., bin) to values (...)."""
        return -(self.encode(values) * logits.log_softmax(-1)).sum(-1)
