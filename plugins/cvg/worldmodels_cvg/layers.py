"""Convolutions joined with a change of size, spectral normalisation, and the norm that noise and labels steer."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

M = TypeVar("M", bound=nn.Module)
_EPS = 1e-5
MOMENTUM = 0.1
"""Of running statistics, in training."""


def spectral(module: M) -> M:
    """Every layer with weights begins orthogonal, and its weight is divided by its largest singular value.

    One power iteration for each pass in training; within `torch.nn.utils.parametrize.cached()` a weight is normalised
    once, however often a recurrence uses it.
    """
    for layer in list(module.modules()):
        if isinstance(layer, nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d):
            nn.init.orthogonal_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
            spectral_norm(layer)
    return module


class UpConv(nn.Conv2d):
    """A 3x3 convolution of maps that are doubled by their nearest neighbours before.

    The doubled map repeats its pixels, so the two are one transposed convolution of 4x4 with stride 2, whose kernel is
    the 3x3 one summed over 2x2: less than half the work, and the doubled map is never made.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 3, padding=1)

    def forward(self, input: Tensor) -> Tensor:
        """Maps (item, outputs, 2 height, 2 width) of (item, inputs, height, width)."""
        kernel = _spread(self.weight).flip(-2, -1).transpose(0, 1)
        return F.conv_transpose2d(input, kernel, self.bias, stride=2, padding=1)


class DownConv(nn.Conv2d):
    """A 3x3 convolution whose output is averaged over 2x2: one convolution of 4x4 with stride 2."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 3, padding=1)

    def forward(self, input: Tensor) -> Tensor:
        """Maps (item, outputs, height / 2, width / 2) of (item, inputs, height, width)."""
        return F.conv2d(input, _spread(self.weight) / 4, self.bias, stride=2, padding=1)


class DownConv3d(nn.Conv3d):
    """A 3x3x3 convolution whose output is averaged over 2x2 of each frame."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 3, padding=1)

    def forward(self, input: Tensor) -> Tensor:
        """Videos (item, outputs, time, height / 2, width / 2) of (item, inputs, time, height, width)."""
        return F.conv3d(input, _spread(self.weight) / 4, self.bias, stride=(1, 2, 2), padding=1)


def _spread(weight: Tensor) -> Tensor:
    """Kernels (..., 3, 3) summed over their four shifts: (..., 4, 4)."""
    right = F.pad(weight, (0, 1)) + F.pad(weight, (1, 0))
    return F.pad(right, (0, 0, 0, 1)) + F.pad(right, (0, 0, 1, 0))


class Condition(NamedTuple):
    """What steers the norms.

    Attributes:
        vector: (batch, time, width), noise, embedded label and action.
        times: (batch, time), frames after the last one seen, whole numbers; the same for all of a training batch.
        track: Whether a training pass moves the running statistics.
    """

    vector: Tensor
    times: Tensor
    track: bool = False


class ConditionalNorm(nn.Module):
    """Batch normalisation with statistics for each time, and a gain and bias that follow from a condition.

    Args:
        channels: Of the maps.
        condition: Width of the vector.
        times: Times with running statistics of their own; 1 shares them over time, in training too.
    """

    def __init__(self, channels: int, condition: int, times: int) -> None:
        super().__init__()
        self.momentum = MOMENTUM
        self.affine = nn.Linear(condition, 2 * channels, bias=False)
        self.register_buffer("mean", torch.zeros(times, channels))
        self.register_buffer("variance", torch.ones(times, channels))
        self.register_buffer("known", torch.zeros(times, dtype=torch.bool))
        self.mean: Tensor
        self.variance: Tensor
        self.known: Tensor

    def forward(self, maps: Tensor, condition: Condition) -> Tensor:
        """Normalised maps (batch x time, channel, height, width)."""
        affine: Tensor = self.affine(condition.vector.flatten(0, 1))
        gain, bias = affine.chunk(2, 1)
        gain = 1 + gain
        if self.training:
            normal = self._by_batch(maps, condition)
            return torch.addcmul(bias[..., None, None], normal, gain[..., None, None])
        index = condition.times.clamp(0, len(self.mean) - 1).flatten()
        gain = gain * (self.variance[index] + _EPS).rsqrt()
        return torch.addcmul((bias - self.mean[index] * gain)[..., None, None], maps, gain[..., None, None])

    def restart(self, times: int) -> None:
        """Forget the running statistics, and keep them for so many times, where there are several."""
        times = 1 if len(self.mean) == 1 else times
        self.mean = self.mean.new_zeros(times, self.mean.shape[1])
        self.variance = torch.ones_like(self.mean)
        self.known = self.known.new_zeros(times)

    def _by_batch(self, maps: Tensor, condition: Condition) -> Tensor:
        shared = len(self.mean) == 1
        batch = len(condition.times)
        # Each time is a channel of its own to the native batch norm.
        columns = maps if shared else maps.view(batch, -1, *maps.shape[2:])
        if not condition.track:
            return F.batch_norm(columns, None, None, training=True, eps=_EPS).view_as(maps)
        rows = condition.times[0].clamp(0, len(self.mean) - 1)
        rows = rows[:1] if shared else rows
        mean, variance = self.mean[rows].flatten(), self.variance[rows].flatten()
        normal = F.batch_norm(columns, mean, variance, training=True, momentum=self.momentum, eps=_EPS)
        self.known[rows] = True
        # Times that training never reached have the statistics of the last one that it did.
        beyond = ~self.known & (torch.arange(len(self.known), device=rows.device) > rows.max())
        for kept, moved in ((self.mean, mean), (self.variance, variance)):
            moved = moved.view(len(rows), -1)
            kept.index_copy_(0, rows, moved)
            kept.copy_(torch.where(beyond[:, None], moved[-1], kept))
        return normal.view_as(maps)


def double(maps: Tensor) -> Tensor:
    """Maps (item, channel, height, width), twice as high and wide by their nearest neighbours."""
    return F.interpolate(maps, scale_factor=2.0, mode="nearest")
