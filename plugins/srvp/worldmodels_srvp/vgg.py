"""The VGG16 encoder and decoder (Appendix C.2 of the paper, after Simonyan and Zisserman, 2015)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from worldmodels_srvp.convolution import (
    Block,
    SkipConvTranspose2d,
    convolution,
    decoding_layer,
    encoding_layer,
    initialise,
)

STRIDE = 16
_SAME = {"kernel_size": 3, "padding": 1}


class VGGEncoder(nn.Module):
    """Ten convolutions with four poolings, then one over all that is left."""

    def __init__(self, shape: tuple[int, int, int], filters: int, encoding: int) -> None:
        super().__init__()
        channels, height, width = shape
        n = filters
        self.conv = nn.ModuleList(
            [
                nn.Sequential(*_stack(channels, n, n)),
                nn.Sequential(nn.MaxPool2d(2), *_stack(n, 2 * n, 2 * n)),
                nn.Sequential(nn.MaxPool2d(2), *_stack(2 * n, 4 * n, 4 * n, 4 * n)),
                nn.Sequential(nn.MaxPool2d(2), *_stack(4 * n, 8 * n, 8 * n, 8 * n)),
            ]
        )
        size = (height // STRIDE, width // STRIDE)
        self.last_conv = nn.Sequential(nn.MaxPool2d(2), encoding_layer(8 * n, encoding, size))
        self.apply(initialise)

    def forward(self, frames: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Encodings (n, encoding) of frames (n, channel, height, width), and feature maps, the coarsest first."""
        maps = []
        for layer in self.conv:
            frames = layer(frames)
            maps.append(frames)
        return self.last_conv(frames).flatten(1), maps[::-1]


class VGGDecoder(nn.Module):
    """The encoder mirrored, with nearest-neighbour upsampling."""

    def __init__(self, shape: tuple[int, int, int], filters: int, inputs: int, skips: bool) -> None:
        super().__init__()
        channels, height, width = shape
        n, k = filters, 2 if skips else 1
        first = decoding_layer(inputs, 8 * n, (height // STRIDE, width // STRIDE))
        self.first_upconv = nn.Sequential(first, nn.Upsample(scale_factor=2))
        self.conv = nn.ModuleList(
            [
                Block(*_stack(8 * n * k, 8 * n, 8 * n, 4 * n), nn.Upsample(scale_factor=2)),
                Block(*_stack(4 * n * k, 4 * n, 4 * n, 2 * n), nn.Upsample(scale_factor=2)),
                Block(*_stack(2 * n * k, 2 * n, n), nn.Upsample(scale_factor=2)),
                Block(*_stack(n * k, n), SkipConvTranspose2d(n, channels, 3, 1, 1, bias=False)),
            ]
        )
        self.apply(initialise)

    def forward(self, latents: Tensor, skips: Sequence[Tensor] = ()) -> Tensor:
        """Logits (n, channel, height, width) of latents (n, latent) and skips (videos, ...), videos dividing n."""
        frames: Tensor = self.first_upconv(latents[:, :, None, None])
        for index, layer in enumerate(self.conv):
            frames = layer(frames, skips[index]) if skips else layer(frames)
        return frames


def _stack(*widths: int) -> list[Block]:
    return [convolution(i, o, **_SAME) for i, o in pairwise(widths)]
