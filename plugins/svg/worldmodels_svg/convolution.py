"""Convolutions of a concatenation of which one part stays the same for many frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch.nn.functional as F
from torch import Tensor, nn

Norm = Callable[[int], nn.Module]


class JoinedConv2d(nn.Conv2d):
    """A convolution of (input, skip) as the sum of one of each, so that the skip's is done once a video."""

    def skip(self, maps: Tensor) -> Tensor:
        """The part of the output that skipped feature maps, the last input channels, contribute."""
        contribution: Tensor = self._conv_forward(maps, self.weight[:, -maps.shape[1] :], None)
        return contribution

    def forward(self, inputs: Tensor, skip: Tensor) -> Tensor:  # type: ignore[override]
        """The output for the first input channels and what `skip` gave."""
        own: Tensor = self._conv_forward(inputs, self.weight[:, : inputs.shape[1]], self.bias)
        return own + skip


class JoinedConvTranspose2d(nn.ConvTranspose2d):
    """As `JoinedConv2d`, for a transposed convolution."""

    padding: tuple[int, ...]

    def skip(self, maps: Tensor) -> Tensor:
        """The part of the output that skipped feature maps, the last input channels, contribute."""
        return F.conv_transpose2d(maps, self.weight[-maps.shape[1] :], None, self.stride, self.padding)

    def forward(self, inputs: Tensor, skip: Tensor) -> Tensor:  # type: ignore[override]
        """The output for the first input channels and what `skip` gave."""
        own = self.weight[: inputs.shape[1]]
        return F.conv_transpose2d(inputs, own, self.bias, self.stride, self.padding) + skip


class Joined(nn.Sequential):
    """Layers of which the first joins its input with a skip connection."""

    def skip(self, maps: Tensor) -> Tensor:
        """What skipped feature maps contribute to the first layer's output."""
        first: Any = self[0]
        contribution: Tensor = first.skip(maps)
        return contribution

    def forward(self, inputs: Tensor, skip: Tensor) -> Tensor:  # type: ignore[override]
        """Outputs of inputs (n, channel, height, width) and the skip's contribution, as `skip` gave it."""
        first, *rest = self
        outputs: Tensor = first(inputs, skip)
        for layer in rest:
            outputs = layer(outputs)
        return outputs


class JoinedDecoder(nn.Module):
    """A first block, and as many joined ones as there are skip connections; subclasses make them."""

    first: nn.Module
    blocks: nn.ModuleList

    def skips(self, maps: list[Tensor]) -> list[Tensor]:
        """What feature maps (n, channel, height, width), the coarsest first, contribute to each block."""
        return [cast(Joined, block).skip(level) for block, level in zip(self.blocks, maps, strict=True)]

    def forward(self, encodings: Tensor, skips: list[Tensor]) -> Tensor:
        """Frames (n, channel, height, width) of encodings (n, encoding) and contributions of as many frames."""
        outputs: Tensor = self.first(encodings[:, :, None, None])
        for block, skip in zip(self.blocks, skips, strict=True):
            outputs = block(outputs, skip)
        return outputs


def activated(layer: nn.Module, outputs: int, norm: Norm) -> list[nn.Module]:
    """A layer, batch normalisation and leaky ReLU."""
    return [layer, norm(outputs), nn.LeakyReLU(0.2)]


def encoding_layer(inputs: int, outputs: int, size: tuple[int, int], norm: Norm) -> nn.Sequential:
    """From a feature map of that size to a vector in [-1, 1]."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, size), norm(outputs), nn.Tanh(), nn.Flatten())


def decoding_layer(inputs: int, outputs: int, size: tuple[int, int], norm: Norm) -> nn.Sequential:
    """From a vector to a feature map of that size."""
    return nn.Sequential(*activated(nn.ConvTranspose2d(inputs, outputs, size), outputs, norm))


def initialise(module: nn.Module) -> None:
    """DCGAN's initialisation: weights N(0, 0.02²), those of batch normalisation N(1, 0.02²), biases 0."""
    kinds: dict[Any, float] = {nn.Conv2d: 0.0, nn.ConvTranspose2d: 0.0, nn.Linear: 0.0, nn.BatchNorm2d: 1.0}
    for kind, mean in kinds.items():
        if isinstance(module, kind):
            nn.init.normal_(module.weight, mean, 0.02)
            nn.init.zeros_(module.bias)
