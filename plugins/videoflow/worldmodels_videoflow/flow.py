"""The flow of one frame: levels of squeezing, steps and splitting (Dinh et al., 2016; Kingma and Dhariwal, 2018)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from worldmodels_videoflow.actnorm import ActNorm
from worldmodels_videoflow.coupling import Coupling
from worldmodels_videoflow.kept import kept
from worldmodels_videoflow.mixing import Mixing
from worldmodels_videoflow.recompute import recomputed


class Step(nn.Module):
    """ActNorm, a 1x1 convolution and a coupling.

    Args:
        channels: Channels of x, even.
        width: Channels inside the coupling.
        affine: As `Coupling`.
        gated: As `Coupling`.
    """

    def __init__(self, channels: int, width: int, affine: bool, gated: bool) -> None:
        super().__init__()
        self.norm = ActNorm(channels)
        self.mixing = Mixing(channels)
        self.coupling = Coupling(channels, width, affine, gated)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The output and the log-determinants (n,), for x (n, channel, height, width)."""
        if self.norm.fitting:
            self.norm.fit(x)
        weights = (self.norm.bias, self.norm.log_scale, *self.mixing.weights)
        weight, bias = kept(self, "there", weights, self._there)
        y, log_det = self.coupling(F.conv2d(x, weight, bias))
        return y, log_det + x.shape[-2] * x.shape[-1] * (self.norm.log().sum() + self.mixing.log_det())

    def inverse(self, y: Tensor) -> Tensor:
        """What `forward` made y from."""
        weights = (self.norm.bias, self.norm.log_scale, *self.mixing.weights)
        weight, bias = kept(self, "back", weights, self._back)
        return F.conv2d(self.coupling.inverse(y), weight, bias)

    def _there(self) -> tuple[Tensor, Tensor]:
        # One convolution does both: W (s * (x + b)) = (W s) x + (W s) b.
        weight = self.mixing.weight() * self.norm.scale()
        return weight[:, :, None, None], weight @ self.norm.bias

    def _back(self) -> tuple[Tensor, Tensor]:
        weight = self.mixing.inverse() / self.norm.scale()[:, None]
        return weight[:, :, None, None], -self.norm.bias


class Level(nn.Module):
    """Squeezes, applies steps, and splits: half of the channels are this level's latents, the rest goes up.

    Args:
        channels: Channels that come in; four times as many are inside, on half the height and width.
        steps: How many.
        width: As `Coupling`.
        affine: As `Coupling`.
        gated: As `Coupling`.
        top: Whether nothing goes up, and all channels are latents.
        recompute: Whether the backward pass computes inputs again by inversion rather than keeping them.
    """

    def __init__(
        self, channels: int, steps: int, width: int, affine: bool, gated: bool, top: bool, recompute: bool
    ) -> None:
        super().__init__()
        inside = 4 * channels
        self.top = top
        self.recompute = recompute
        self.channels = inside if top else inside // 2
        self.steps = nn.ModuleList(Step(inside, width, affine, gated) for _ in range(steps))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor | None, Tensor]:
        """Latents, what goes up (`None` at the top), and the log-determinants (n,)."""
        x = F.pixel_unshuffle(x, 2)
        if self.recompute and torch.is_grad_enabled():
            x, log_det = recomputed(self.steps, x)
        else:
            log_det = x.new_zeros(len(x))
            for step in self.steps:
                x, gained = step(x)
                log_det = log_det + gained
        if self.top:
            return x, None, log_det
        up, latent = x.chunk(2, 1)
        return latent, up, log_det

    def inverse(self, latent: Tensor, up: Tensor | None) -> Tensor:
        """What `forward` made these from."""
        y = latent if up is None else torch.cat([up, latent], 1)
        for step in reversed(self.steps):
            y = step.inverse(y)  # type: ignore[operator]
        return F.pixel_shuffle(y, 2)


class Latents(NamedTuple):
    """What the flow makes of frames.

    Attributes:
        levels: Each level's latents (n, channel, height, width), the finest first.
        ups: What each level but the top sent up, of the same shapes: all that the levels above hold.
        log_det: (n,).
    """

    levels: list[Tensor]
    ups: list[Tensor]
    log_det: Tensor


class Flow(nn.Module):
    """The levels of one frame, the finest first.

    Args:
        levels: As `build_levels` gives them.
    """

    def __init__(self, levels: Sequence[Level]) -> None:
        super().__init__()
        self.levels = nn.ModuleList(levels)

    def forward(self, x: Tensor) -> Latents:
        """The latents of x (n, channel, height, width)."""
        latents, ups, log_det = [], [], x.new_zeros(len(x))
        x = x.contiguous(memory_format=torch.channels_last)
        for level in self.levels:
            latent, up, gained = level(x)
            latents.append(latent)
            log_det = log_det + gained
            if up is not None:
                ups.append(up)
                x = up
        return Latents(latents, ups, log_det)

    def down(self, level: int, latent: Tensor, up: Tensor | None) -> Tensor:
        """What came into one level: for level 0 the frame, else what level - 1 sent up."""
        result: Tensor = self.levels[level].inverse(latent, up)  # type: ignore[operator]
        return result

    def inverse(self, latents: Sequence[Tensor]) -> Tensor:
        """The frames (n, channel, height, width) of all levels' latents."""
        x: Tensor | None = None
        for level in reversed(range(len(self.levels))):
            x = self.down(level, latents[level], x)
        assert x is not None
        return x
