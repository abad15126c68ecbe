"""The same model written straight down, on a VideoFlow's own weights: what the benchmark and the tests compare with."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from worldmodels_videoflow.convolution import EdgeConv2d
from worldmodels_videoflow.model import VideoFlow

# The modules are a VideoFlow's; their types would say nothing that the names do not.
Module = Any


class Plain:
    """One layer after the other, every time of the prior by 3-D convolutions, every imagined frame read again.

    Args:
        model: Whose weights; one Gaussian a level, and a look back of at least one frame.
    """

    def __init__(self, model: VideoFlow) -> None:
        self.model: Module = model

    def loss(self, frames: Tensor, uniform: Tensor) -> Tensor:
        """Bits for each number of the frames after the context, as `VideoFlow.losses`."""
        context, time = self.model.config.context, frames.shape[1]
        read = [self.encode(*self.model.cells.fill(frames[:, t], uniform[:, t])) for t in range(time)]
        nats = torch.zeros(len(frames))
        for t in range(context, time):
            latents, ups, log_det = read[t]
            nats = nats + log_det
            for level, z in enumerate(latents):
                mean, log_std = self.prior(level, [read[s][0][level] for s in range(t)], ups, None)
                each = -0.5 * ((z - mean) / log_std.exp()) ** 2 - log_std - 0.5 * math.log(2 * math.pi)
                nats = nats + each.flatten(1).sum(1)
        bits: Tensor = -nats.mean() / ((time - context) * frames[0, 0].numel() * math.log(2))
        return bits

    @torch.no_grad()
    def video(self, frames: Tensor, horizon: int) -> Tensor:
        """The frames that follow, every latent at its mean; the frames before are encoded anew at every step."""
        shown = list(self.model.cells.centres(frames).unbind(1))
        for _ in range(horizon):
            seen = [self.encode(x, torch.zeros(len(x)))[0] for x in shown[-self.model.config.lookback :]]
            up: Tensor | None = None
            for level in range(self.model.config.levels - 1, -1, -1):
                mean, _ = self.prior(level, [latents[level] for latents in seen], None, up)
                up = self.model.flow.down(level, mean, up)
            assert up is not None
            shown.append(up)
        imagined: Tensor = self.model.cells.frames(torch.stack(shown[-horizon:], 1))
        return imagined

    def encode(self, x: Tensor, log_det: Tensor) -> tuple[list[Tensor], list[Tensor], Tensor]:
        """Latents, what goes up, and log-determinants."""
        latents, ups = [], []
        for level in self.model.flow.levels:
            x = F.pixel_unshuffle(x, 2)
            for step in level.steps:
                x = step.norm(x)
                x = F.conv2d(x, step.mixing.weight()[:, :, None, None])
                scales = step.norm.log().sum() + torch.linalg.slogdet(step.mixing.weight())[1]
                log_det = log_det + scales * x.shape[-1] * x.shape[-2]
                x, gained = self._couple(step.coupling, x)
                log_det = log_det + gained
            if not level.top:
                x, latent = x.chunk(2, 1)
                ups.append(x)
                latents.append(latent)
        return [*latents, x], ups, log_det

    def _couple(self, coupling: Module, x: Tensor) -> tuple[Tensor, Tensor]:
        kept, moved = x.chunk(2, 1)
        hidden = torch.relu(coupling.first.norm(_convolve(coupling.first, kept)))
        if hasattr(coupling.middle, "both"):
            a, b = coupling.middle.both.norm(_convolve(coupling.middle.both, hidden)).chunk(2, 1)
            hidden = a.tanh() * b.sigmoid()
        else:
            hidden = torch.relu(coupling.middle.one.norm(_convolve(coupling.middle.one, hidden)))
        last = coupling.last
        out = (3 * last.log_scale).exp()[:, None, None] * (_convolve(last, hidden) + last.bias[:, None, None])
        if not coupling.affine:
            return torch.cat([kept, moved + out], 1), torch.zeros(len(x))
        shift, raw = out.chunk(2, 1)
        scale = 0.05 + 0.95 * (raw + 2).sigmoid()
        return torch.cat([kept, (moved + shift) * scale], 1), scale.log().flatten(1).sum(1)

    def prior(
        self, level: int, seen: list[Tensor], ups: list[Tensor] | None, up: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Mean and log sigma of one level's next latents, from the last ones before."""
        prior, lookback = self.model.priors[level], self.model.config.lookback
        zeros = [torch.zeros_like(seen[0])] * (lookback - len(seen))
        past = torch.stack([*zeros, *seen[-lookback:]], 2)
        x = past
        if prior.above is not None:
            condition = prior.above(ups[level] if ups is not None else up)
            x = torch.cat([condition[:, :, None].expand(-1, -1, lookback, -1, -1), x], 1)
        for block in prior.residual.blocks:
            x = x + sum(_branch(branch, x) for branch in block)
        delta, raw = prior.last(x[:, :, -1]).chunk(2, 1)
        return past[:, :, -1] + delta if prior.skip else delta, -2 + 5 * ((raw + 2) / 5).tanh()


def _convolve(layer: EdgeConv2d, x: Tensor) -> Tensor:
    """A convolution of x and the channel that is 1 outside the frame."""
    weight: Tensor = layer.weight
    padding = layer.padding
    x = F.pad(x, (padding,) * 4)
    if layer.edge is not None:
        outside = F.pad(
            x.new_zeros(len(x), 1, x.shape[-2] - 2 * padding, x.shape[-1] - 2 * padding), (padding,) * 4, value=1.0
        )
        x, weight = torch.cat([x, outside], 1), torch.cat([weight, layer.edge], 1)
    return F.conv2d(x, weight)


def _branch(branch: Module, x: Tensor) -> Tensor:
    """What a branch adds at all times of x (n, channel, time, height, width)."""

    def convolve(layer: Module, x: Tensor) -> Tensor:
        d = layer.dilation
        kernel = layer.weight.unflatten(1, (2, layer.inputs)).transpose(1, 2)
        return F.conv3d(F.pad(x, (d, d, d, d, 1, 0)), kernel, layer.bias, dilation=(1, d, d))

    hidden = torch.relu(convolve(branch.first, x))
    middle = F.conv3d(hidden, branch.middle.weight[:, :, None], branch.middle.bias)
    if branch.gates:
        a, b = middle.chunk(2, 1)
        middle = a.tanh() * b.sigmoid()
    else:
        middle = torch.relu(middle)
    return convolve(branch.last, middle)
