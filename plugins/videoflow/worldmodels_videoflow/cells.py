"""From grey levels to real numbers and back: each level is a cell, and noise fills it."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

Kind = Literal["uniform", "gaussian"]

# Six of these span a cell. Less leaves the cell's ends empty, more leaves a Gaussian's tails outside of it.
_STD = 1 / 6
_TAIL = 0.5 * math.erfc(0.5 / _STD / math.sqrt(2))
_LOG_AREA = math.log(1 - 2 * _TAIL)


class Cells:
    """Grey levels 0..levels - 1 as numbers in [-0.5, 0.5), each in a cell of width 1 / levels.

    Uniform noise fills a cell, as in the paper, and log densities are those of uniformly dequantised frames. A
    Gaussian is never better than 0.254 bits a number at such noise, however well it predicts the grey level; and
    flat backgrounds are nothing but such noise. So "gaussian" warps every cell within itself, as the flow's first,
    elementwise layer: the noise becomes a Gaussian cut off at the cell's ends, and the log-determinant is exact.

    Args:
        levels: How many.
        kind: Whether cells are left as they are or warped.
    """

    def __init__(self, levels: int, kind: Kind) -> None:
        self.levels = levels
        self.kind = kind

    def centres(self, frames: Tensor) -> Tensor:
        """The middles of the cells of frames in [0, 1]; both kinds leave them where they are."""
        return (self._level(frames) + 0.5) / self.levels - 0.5

    def fill(self, frames: Tensor, uniform: Tensor) -> tuple[Tensor, Tensor]:
        """Frames (n, ...) filled with noise.

        Args:
            frames: In [0, 1]; the grey levels nearest below them are taken.
            uniform: Draws in [0, 1) of the same shape.

        Returns:
            The numbers, and the log-determinants (n,) from level + uniform, whose density is that of the grey
            levels, to them.
        """
        log_det = torch.full((len(frames),), -math.log(self.levels) * frames[0].numel(), device=frames.device)
        if self.kind == "gaussian":
            normal = torch.special.ndtri(_TAIL + (1 - 2 * _TAIL) * uniform)
            uniform = (0.5 + _STD * normal).clamp(0, 1)
            # The derivative of the quantile function is one over the density at the quantile.
            slope = _LOG_AREA + math.log(_STD) + 0.5 * math.log(2 * math.pi) + 0.5 * normal.square()
            log_det = log_det + slope.flatten(1).sum(1)
        return (self._level(frames) + uniform) / self.levels - 0.5, log_det

    def frames(self, x: Tensor) -> Tensor:
        """Frames in [0, 1] of numbers: a cell's middle becomes its grey level, and the rest lies between; smooth."""
        return ((x + 0.5) * self.levels - 0.5).div(self.levels - 1).clamp(0, 1)

    def _level(self, frames: Tensor) -> Tensor:
        # A frame of 256 levels has k / 255: k is found by rounding, and coarser levels are unions of fine ones.
        fine = (frames * 255).round() if self.levels <= 256 else frames * (self.levels - 1)
        return (fine * (self.levels / 256)).floor() if self.levels < 256 else fine
