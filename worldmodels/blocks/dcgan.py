"""The DCGAN encoder and decoder (after Radford et al., ICLR 2016), as SVG and SRVP have them."""

from __future__ import annotations

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
from worldmodels.blocks.skips import SkipConvTranspose2d


class DCGANEncoder(PyramidEncoder):
    """Four convolutions that halve the frame, then one over all that is left.

    Args:
        shape: (channel, height, width) of frames, both sides multiples of 16.
        filters: Width of the first convolution; each next one doubles it.
        encoding: Width of an encoding.
        norm: Normalisation of so many channels.
        bias: Whether convolutions have one.
        first_norm: Whether the first convolution is normalised too.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        filters: int,
        encoding: int,
        *,
        norm: Norm = nn.BatchNorm2d,
        bias: bool = False,
        first_norm: bool = False,
    ) -> None:
        super().__init__()
        channels, height, width = shape
        n = filters
        first = nn.Conv2d(channels, n, 4, 2, 1, bias=bias)
        plain = nn.Sequential(first, nn.LeakyReLU(0.2, inplace=True))
        pairs = ((n, 2 * n), (2 * n, 4 * n), (4 * n, 8 * n))
        rest = [activated(nn.Conv2d(i, o, 4, 2, 1, bias=bias), o, norm) for i, o in pairs]
        self.conv = nn.ModuleList([activated(first, n, norm) if first_norm else plain, *rest])
        self.last_conv = to_vector(8 * n, encoding, (height // STRIDE, width // STRIDE), norm, bias)
        self.apply(initialise)


class DCGANDecoder(PyramidDecoder):
    """The encoder mirrored with transposed convolutions.

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
        self.first_upconv = to_map(latent, 8 * n, (height // STRIDE, width // STRIDE), norm, bias)
        pairs = ((8 * n, 4 * n), (4 * n, 2 * n), (2 * n, n))
        blocks = [activated(SkipConvTranspose2d(k * i, o, 4, 2, 1, bias=bias), o, norm) for i, o in pairs]
        self.conv = nn.ModuleList([*blocks, SkipConvTranspose2d(k * n, channels, 4, 2, 1, bias=bias)])
        self.apply(initialise)
