"""The DCGAN encoder and decoder as SVG has them (after Radford et al., 2016)."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from worldmodels_svg.convolution import (
    Joined,
    JoinedConvTranspose2d,
    JoinedDecoder,
    Norm,
    activated,
    decoding_layer,
    encoding_layer,
)


class DCGANEncoder(nn.Module):
    """Four convolutions that halve the frame, then one over all that is left."""

    def __init__(self, channels: int, size: tuple[int, int], filters: int, encoding: int, norm: Norm) -> None:
        super().__init__()
        widths = (channels, filters, 2 * filters, 4 * filters, 8 * filters)
        pairs = pairwise(widths)
        self.blocks = nn.ModuleList(nn.Sequential(*activated(nn.Conv2d(i, o, 4, 2, 1), o, norm)) for i, o in pairs)
        self.last = encoding_layer(widths[-1], encoding, size, norm)

    def forward(self, frames: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Encodings (n, encoding) of frames (n, channel, height, width), and feature maps, the coarsest first."""
        maps: list[Tensor] = []
        for block in self.blocks:
            frames = block(frames)
            maps.insert(0, frames)
        return self.last(frames), maps


class DCGANDecoder(JoinedDecoder):
    """The encoder mirrored with transposed convolutions."""

    def __init__(self, channels: int, size: tuple[int, int], filters: int, encoding: int, norm: Norm) -> None:
        super().__init__()
        n = filters
        self.first = decoding_layer(encoding, 8 * n, size, norm)
        pairs = ((8 * n, 4 * n), (4 * n, 2 * n), (2 * n, n))
        blocks = [Joined(*activated(JoinedConvTranspose2d(2 * i, o, 4, 2, 1), o, norm)) for i, o in pairs]
        self.blocks = nn.ModuleList([*blocks, Joined(JoinedConvTranspose2d(2 * n, channels, 4, 2, 1), nn.Sigmoid())])
