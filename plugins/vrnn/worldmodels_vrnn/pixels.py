"""The loss of a pixel, and the density that it stands for."""

from __future__ import annotations

import math
from typing import Literal

import torch.nn.functional as F
from torch import Tensor

Pixels = Literal["l1", "l2", "bce"]

CONSTANTS: dict[Pixels, float] = {"l1": math.log(2), "l2": 0.5 * math.log(math.pi), "bce": 0.0}
"""What a pixel's loss lacks to -log p: of a Laplace of scale 1, a Gaussian of variance 1/2, a Bernoulli."""


def pixel_loss(logits: Tensor, frames: Tensor, kind: Pixels) -> Tensor:
    """The loss of every pixel of frames decoded as `logits`, without constants."""
    match kind:
        case "l1":
            return (logits.sigmoid() - frames).abs()
        case "l2":
            return (logits.sigmoid() - frames).square()
    return F.binary_cross_entropy_with_logits(logits, frames, reduction="none")
