"""Convolutions that read skip connections without repeating them for every frame of a video."""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn


class SkipConv2d(nn.Conv2d):
    """A convolution of (input, skip), the skip being the same for all frames of a video.

    A convolution of a concatenation is the sum of two convolutions, so the skip's is done once a video.
    """

    def forward(self, inputs: Tensor, skip: Tensor | None = None) -> Tensor:
        """Of inputs (batch * time, channel, height, width) and a skip (batch, channel, height, width)."""
        if skip is None:
            return super().forward(inputs)
        own, other = self.weight.split([inputs.shape[1], skip.shape[1]], 1)
        return _add(self._conv_forward(inputs, own, self.bias), self._conv_forward(skip, other, None))


class SkipConvTranspose2d(nn.ConvTranspose2d):
    """As `SkipConv2d`, for a transposed convolution."""

    def forward(self, inputs: Tensor, skip: Tensor | None = None) -> Tensor:  # type: ignore[override]
        """Of inputs (batch * time, channel, height, width) and a skip (batch, channel, height, width)."""
        if skip is None:
            return self._single(inputs) if self.out_channels == 1 else super().forward(inputs)
        own, other = self.weight.split([inputs.shape[1], skip.shape[1]], 0)
        settings = (self.stride, self.padding, self.output_padding, self.groups, self.dilation)
        of_inputs = F.conv_transpose2d(inputs, own, self.bias, *settings)
        return _add(of_inputs, F.conv_transpose2d(skip, other, None, *settings))

    def _single(self, inputs: Tensor) -> Tensor:
        """Of one output channel, for which processors' transposed convolutions are slow: a product, then a sum."""
        height, width = ((n - 1) * self.stride[0] - 2 * self.padding[0] + self.kernel_size[0] for n in inputs.shape[2:])
        patches = inputs.permute(0, 2, 3, 1).flatten(1, 2) @ self.weight.flatten(1)
        settings = (self.kernel_size, self.dilation, self.padding, self.stride)
        return F.fold(patches.transpose(1, 2), (height, width), *settings)


class Gather(nn.Conv2d):
    """A convolution whose kernel is all that is left of a frame: one matrix product, several times as fast."""

    def forward(self, inputs: Tensor) -> Tensor:
        """Of inputs (n, channel, height, width) the size of the kernel; outputs (n, channel, 1, 1)."""
        # Channels last, as the convolutions before leave them; then neither side is copied.
        flat, weight = (tensor.permute(0, 2, 3, 1).flatten(1) for tensor in (inputs, self.weight))
        return F.linear(flat, weight)[:, :, None, None]


class Spread(nn.ConvTranspose2d):
    """A transposed convolution of a vector: one matrix product."""

    def forward(self, inputs: Tensor) -> Tensor:  # type: ignore[override]
        """Of inputs (n, channel, 1, 1); outputs (n, channel, height, width) of the kernel's size."""
        _, channels, height, width = self.weight.shape
        flat = inputs.flatten(1) @ self.weight.permute(0, 2, 3, 1).flatten(1)
        return flat.view(-1, height, width, channels).permute(0, 3, 1, 2)


class Block(nn.Sequential):
    """Layers of which the first may read a skip."""

    def forward(self, inputs: Tensor, skip: Tensor | None = None) -> Tensor:
        """Outputs of inputs (batch * time, channel, height, width)."""
        first, *rest = self
        outputs: Tensor = first(inputs) if skip is None else first(inputs, skip)
        for layer in rest:
            outputs = layer(outputs)
        return outputs


def convolution(inputs: int, outputs: int, *, up: bool = False, **settings: Any) -> Block:
    """A convolution without bias, batch normalisation and leaky ReLU; transposed with `up`."""
    layer = SkipConvTranspose2d if up else SkipConv2d
    return Block(
        layer(inputs, outputs, bias=False, **settings), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2, inplace=True)
    )


def decoding_layer(inputs: int, outputs: int, size: tuple[int, int]) -> Block:
    """From a vector (n, input, 1, 1) to a feature map of that size."""
    return _activated(Spread(inputs, outputs, size, bias=False), outputs)


def encoding_layer(inputs: int, outputs: int, size: tuple[int, int]) -> nn.Sequential:
    """From a feature map of that size to a vector in [-1, 1]."""
    return nn.Sequential(Gather(inputs, outputs, size, bias=False), nn.BatchNorm2d(outputs), nn.Tanh())


def initialise(module: nn.Module) -> None:
    """DCGAN's initialisation: weights N(0, 0.02²), those of batch normalisation N(1, 0.02²), biases 0."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
    if isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)


def _activated(layer: nn.Module, outputs: int) -> Block:
    return Block(layer, nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2, inplace=True))


def _add(frames: Tensor, skip: Tensor) -> Tensor:
    return (frames.unflatten(0, (len(skip), -1)) + skip.unsqueeze(1)).flatten(0, 1)
