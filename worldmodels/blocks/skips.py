"""Convolutions that join skip connections without repeating them for every frame of a video."""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn


class SkipConv2d(nn.Conv2d):
    """A convolution of (input, skip), the skip being the same for many frames.

    A convolution of a concatenation is the sum of two convolutions, so the skip's is done once a video.
    """

    def skip(self, maps: Tensor) -> Tensor:
        """What skipped maps (video, channel, height, width), the last input channels, add to the output."""
        added: Tensor = self._conv_forward(maps, self.weight[:, -maps.shape[1] :], None)
        return added

    def forward(self, input: Tensor, skip: Tensor | None = None) -> Tensor:
        """Of inputs (video * time, channel, height, width) and what `skip` gave (video, ...)."""
        if skip is None:
            return super().forward(input)
        return _add(self._conv_forward(input, self.weight[:, : input.shape[1]], self.bias), skip)


class SkipConvTranspose2d(nn.ConvTranspose2d):
    """As `SkipConv2d`, for a transposed convolution without output padding."""

    padding: tuple[int, ...]

    def skip(self, maps: Tensor) -> Tensor:
        """What skipped maps (video, channel, height, width), the last input channels, add to the output."""
        return self._transposed(maps, self.weight[-maps.shape[1] :], None)

    def forward(self, input: Tensor, skip: Tensor | None = None) -> Tensor:  # type: ignore[override]
        """Of inputs (video * time, channel, height, width) and what `skip` gave (video, ...)."""
        if skip is not None:
            return _add(self._transposed(input, self.weight[: input.shape[1]], self.bias), skip)
        return self._single(input) if self.out_channels == 1 else super().forward(input)

    def _transposed(self, maps: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        settings: Any = (self.stride, self.padding, self.output_padding, self.groups, self.dilation)
        return F.conv_transpose2d(maps, weight, bias, *settings)

    def _single(self, input: Tensor) -> Tensor:
        """Of one output channel, for which processors' transposed convolutions are slow: a product, then a sum."""
        sizes = zip(input.shape[2:], self.stride, self.padding, self.kernel_size, strict=True)
        height, width = ((n - 1) * stride - 2 * padding + kernel for n, stride, padding, kernel in sizes)
        patches = input.permute(0, 2, 3, 1).flatten(1, 2) @ self.weight.flatten(1)
        settings: Any = (self.kernel_size, self.dilation, self.padding, self.stride)
        frames = F.fold(patches.transpose(1, 2), (height, width), *settings)
        return frames if self.bias is None else frames + self.bias


class SkipBlock(nn.Sequential):
    """Layers of which the first may join a skip."""

    def skip(self, maps: Tensor) -> Tensor:
        """What skipped maps (video, channel, height, width) add to the first layer's output."""
        first: Any = self[0]
        added: Tensor = first.skip(maps)
        return added

    def forward(self, input: Tensor, skip: Tensor | None = None) -> Tensor:
        """Outputs of inputs (video * time, channel, height, width) and what `skip` gave (video, ...)."""
        first, *rest = self
        outputs: Tensor = first(input) if skip is None else first(input, skip)
        for layer in rest:
            outputs = layer(outputs)
        return outputs


def _add(frames: Tensor, skip: Tensor) -> Tensor:
    if len(frames) == len(skip):
        return frames + skip
    return (frames.view(len(skip), -1, *frames.shape[1:]) + skip.unsqueeze(1)).flatten(0, 1)
