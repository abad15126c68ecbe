"""What the DCGAN and the VGG encoder have in common, and their decoders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from worldmodels.blocks.skips import SkipBlock

STRIDE = 16
"""Pixels of a frame for each cell of the coarsest feature map."""

Norm = Callable[[int], nn.Module]
"""A normalisation of so many channels."""


class PyramidEncoder(nn.Module):
    """Blocks that halve the frame, and a last layer over all that is left; subclasses make both.

    Feature maps are what the decoder may skip with.
    """

    conv: nn.ModuleList
    last_conv: nn.Module

    def forward(self, frames: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Encodings (n, encoding) of frames (n, channel, height, width), and feature maps, the coarsest first."""
        maps: list[Tensor] = []
        for block in self.conv:
            frames = block(frames)
            maps.insert(0, frames)
        encodings: Tensor = self.last_conv(frames)
        return encodings.flatten(1), maps


class PyramidDecoder(nn.Module):
    """The encoder mirrored: a first layer, and as many blocks as there are feature maps; subclasses make both."""

    conv: nn.ModuleList
    first_upconv: nn.Module

    def skips(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """What feature maps (video, channel, height, width), the coarsest first, add to each block."""
        blocks: Any = self.conv
        return [block.skip(level) for block, level in zip(blocks, maps, strict=True)]

    def forward(self, latents: Tensor, skips: Sequence[Tensor] = ()) -> Tensor:
        """Logits (n, channel, height, width) of latents (n, latent).

        Args:
            latents: Of the frames of one video after those of another.
            skips: What `skips` gave for each video; none for a decoder without skip connections.
        """
        frames: Tensor = self.first_upconv(latents[:, :, None, None])
        for index, block in enumerate(self.conv):
            frames = block(frames, skips[index]) if skips else block(frames)
        return frames


class Gather(nn.Conv2d):
    """A convolution whose kernel is all that is left of a frame: one matrix product, several times as fast."""

    def forward(self, input: Tensor) -> Tensor:
        """Of inputs (n, channel, height, width) the size of the kernel; outputs (n, channel, 1, 1)."""
        # Channels last, as the convolutions before leave them; then neither side is copied.
        flat, weight = (tensor.permute(0, 2, 3, 1).flatten(1) for tensor in (input, self.weight))
        return F.linear(flat, weight, self.bias)[:, :, None, None]


class Spread(nn.ConvTranspose2d):
    """A transposed convolution of a vector: one matrix product."""

    def forward(self, input: Tensor) -> Tensor:  # type: ignore[override]
        """Of inputs (n, channel, 1, 1); outputs (n, channel, height, width) of the kernel's size."""
        _, channels, height, width = self.weight.shape
        flat = input.flatten(1) @ self.weight.permute(0, 2, 3, 1).flatten(1)
        maps = flat.view(-1, height, width, channels).permute(0, 3, 1, 2)
        return maps if self.bias is None else maps + self.bias[:, None, None]


def activated(layer: nn.Module, outputs: int, norm: Norm) -> SkipBlock:
    """A layer, normalisation and leaky ReLU."""
    return SkipBlock(layer, norm(outputs), nn.LeakyReLU(0.2, inplace=True))


def to_vector(inputs: int, outputs: int, size: tuple[int, int], norm: Norm, bias: bool) -> nn.Sequential:
    """From a feature map of that size to a vector in [-1, 1], (n, output, 1, 1)."""
    return nn.Sequential(Gather(inputs, outputs, size, bias=bias), norm(outputs), nn.Tanh())


def to_map(inputs: int, outputs: int, size: tuple[int, int], norm: Norm, bias: bool) -> SkipBlock:
    """From a vector (n, input, 1, 1) to a feature map of that size."""
    return activated(Spread(inputs, outputs, size, bias=bias), outputs, norm)


def initialise(module: nn.Module) -> None:
    """DCGAN's initialisation, for `apply`: weights N(0, 0.02²), those of batch normalisation N(1, 0.02²), biases 0."""
    kinds: dict[Any, float] = {nn.Conv2d: 0.0, nn.ConvTranspose2d: 0.0, nn.Linear: 0.0, nn.BatchNorm2d: 1.0}
    for kind, mean in kinds.items():
        if isinstance(module, kind):
            nn.init.normal_(module.weight, mean, 0.02)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
