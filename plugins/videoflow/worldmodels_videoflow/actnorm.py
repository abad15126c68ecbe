"""ActNorm: a scale and shift for each channel, set from the first batch (Kingma and Dhariwal, 2018)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

# The learned parameter is a third of the logarithm, so that scales learn three times as fast as other weights.
_FACTOR = 3.0
# Flat frames have a spread of one grey level: an unbounded scale would then blow rounding up to the size of the data.
_MOST = math.log(1e3)


class ActNorm(nn.Module):
    """y = scale * (x + bias) for each channel of (n, channel, height, width).

    Args:
        channels: How many.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))
        self.log_scale = nn.Parameter(torch.zeros(channels))
        self.fitting = False

    def scale(self) -> Tensor:
        """The scales (channel,), between 1e-3 and 1e3."""
        return self.log().exp()

    def log(self) -> Tensor:
        """The logarithms of the scales (channel,)."""
        return (_FACTOR * self.log_scale).clamp(-_MOST, _MOST)

    @torch.no_grad()
    def fit(self, x: Tensor) -> None:
        """Set scale and bias so that these x (n, channel, height, width) come out with mean 0 and variance 1."""
        variance, mean = torch.var_mean(x.double(), (0, 2, 3), correction=0)
        self.bias.copy_(-mean)
        self.log_scale.copy_((-0.5 * (variance + 1e-12).log()).clamp(-_MOST, _MOST) / _FACTOR)

    def forward(self, x: Tensor) -> Tensor:
        """The normalised x; while fitting, it is first fitted to them."""
        if self.fitting:
            self.fit(x)
        return self.scale()[:, None, None] * (x + self.bias[:, None, None])


@contextmanager
def fitting(module: nn.Module) -> Iterator[None]:
    """Within it, every ActNorm of a module is fitted to what passes through it, each after those before it."""
    norms = [part for part in module.modules() if isinstance(part, ActNorm)]
    try:
        for norm in norms:
            norm.fitting = True
        yield
    finally:
        for norm in norms:
            norm.fitting = False
