"""The VGG16 encoder and decoder as SVG has them (after Simonyan and Zisserman, 2015)."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from worldmodels_svg.convolution import (
    Joined,
    JoinedConv2d,
    JoinedDecoder,
    Norm,
    activated,
    decoding_layer,
    encoding_layer,
)


class VGGEncoder(nn.Module):
    """Ten convolutions with four poolings, then one over all that is left."""

    def __init__(self, channels: int, size: tuple[int, int], filters: int, encoding: int, norm: Norm) -> None:
        super().__init__()
        n = filters
        stacks = [(channels, n, n), (n, 2 * n, 2 * n), (2 * n, 4 * n, 4 * n, 4 * n), (4 * n, 8 * n, 8 * n, 8 * n)]
        self.blocks = nn.ModuleList(nn.Sequential(*_stack(widths, norm)) for widths in stacks)
        self.pool = nn.MaxPool2d(2)
        self.last = encoding_layer(8 * n, encoding, size, norm)

    def forward(self, frames: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Encodings (n, encoding) of frames (n, channel, height, width), and feature maps, the coarsest first."""
        maps: list[Tensor] = []
        for block in self.blocks:
            maps.insert(0, block(frames))
            frames = self.pool(maps[0])
        return self.last(frames), maps


class VGGDecoder(JoinedDecoder):
    """The encoder mirrored, with nearest-neighbour upsampling."""

    def __init__(self, channels: int, size: tuple[int, int], filters: int, encoding: int, norm: Norm) -> None:
        super().__init__()
        n = filters
        self.first = nn.Sequential(*decoding_layer(encoding, 8 * n, size, norm), nn.Upsample(scale_factor=2))
        stacks = [(16 * n, 8 * n, 8 * n, 4 * n), (8 * n, 4 * n, 4 * n, 2 * n), (4 * n, 2 * n, n)]
        blocks = [Joined(*_joined_stack(widths, norm), nn.Upsample(scale_factor=2)) for widths in stacks]
        last = Joined(*_joined_stack((2 * n, n), norm), nn.ConvTranspose2d(n, channels, 3, 1, 1), nn.Sigmoid())
        self.blocks = nn.ModuleList([*blocks, last])


def _stack(widths: tuple[int, ...], norm: Norm) -> list[nn.Module]:
    pairs = pairwise(widths)
    return [layer for i, o in pairs for layer in activated(nn.Conv2d(i, o, 3, 1, 1), o, norm)]


def _joined_stack(widths: tuple[int, ...], norm: Norm) -> list[nn.Module]:
    first = activated(JoinedConv2d(widths[0], widths[1], 3, 1, 1), widths[1], norm)
    return [*first, *_stack(widths[1:], norm)]
