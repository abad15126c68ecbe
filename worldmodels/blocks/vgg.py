"""The VGG16 encoder and decoder (after Simonyan and Zisserman, ICLR 2015), as SVG and SRVP have them."""

from __future__ import annotations

from itertools import pairwise

from torch import nn

from worldmodels.blocks.pyramid import (
    STRIDE,
    Norm,
    PyramidDecoder,
    PyramidEncoder,
    activated,
    initialise,
    to_map,
    to_vector,
)
from worldmodels.blocks.skips import SkipBlock, SkipConv2d, SkipConvTranspose2d


class VGGEncoder(PyramidEncoder):
    """Ten convolutions with four poolings, then one over all that is left.

    Args:
        shape: (channel, height, width) of frames, both sides multiples of 16.
        filters: Width of the first convolutions; each pooling doubles it.
        encoding: Width of an encoding.
        norm: Normalisation of so many channels.
        bias: Whether convolutions have one.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        filters: int,
        encoding: int,
        *,
        norm: Norm = nn.BatchNorm2d,
        bias: bool = False,
    ) -> None:
        super().__init__()
        channels, height, width = shape
        n = filters
        rest = ((n, 2 * n, 2 * n), (2 * n, 4 * n, 4 * n, 4 * n), (4 * n, 8 * n, 8 * n, 8 * n))
        pooled = [nn.Sequential(nn.MaxPool2d(2), *_stack(widths, norm, bias)) for widths in rest]
        self.conv = nn.ModuleList([nn.Sequential(*_stack((channels, n, n), norm, bias)), *pooled])
        last = to_vector(8 * n, encoding, (height // STRIDE, width // STRIDE), norm, bias)
        self.last_conv = nn.Sequential(nn.MaxPool2d(2), last)
        self.apply(initialise)


class VGGDecoder(PyramidDecoder):
    """The encoder mirrored, with nearest-neighbour upsampling.

    Args:
        shape: (channel, height, width) of frames, both sides multiples of 16.
        filters: Width of the last feature map.
        latent: Width of what is decoded.
        skips: Whether each block joins the encoder's feature map.
        norm: Normalisation of so many channels.
        bias: Whether convolutions have one.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        filters: int,
        latent: int,
        skips: bool,
        *,
        norm: Norm = nn.BatchNorm2d,
        bias: bool = False,
    ) -> None:
        super().__init__()
        channels, height, width = shape
        n, k = filters, 2 if skips else 1
        first = to_map(latent, 8 * n, (height // STRIDE, width // STRIDE), norm, bias)
        self.first_upconv = nn.Sequential(first, nn.Upsample(scale_factor=2))
        stacks = ((8 * n * k, 8 * n, 8 * n, 4 * n), (4 * n * k, 4 * n, 4 * n, 2 * n), (2 * n * k, 2 * n, n))
        blocks = [SkipBlock(*_stack(widths, norm, bias), nn.Upsample(scale_factor=2)) for widths in stacks]
        last = SkipConvTranspose2d(n, channels, 3, 1, 1, bias=bias)
        self.conv = nn.ModuleList([*blocks, SkipBlock(*_stack((n * k, n), norm, bias), last)])
        self.apply(initialise)


def _stack(widths: tuple[int, ...], norm: Norm, bias: bool) -> list[SkipBlock]:
    return [activated(SkipConv2d(i, o, 3, 1, 1, bias=bias), o, norm) for i, o in pairwise(widths)]
