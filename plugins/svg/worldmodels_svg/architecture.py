"""The encoders and decoders by name."""

from __future__ import annotations

from functools import partial
from typing import Any

from torch import nn

from worldmodels.blocks import DCGANDecoder, DCGANEncoder, VGGDecoder, VGGEncoder
from worldmodels.blocks.pyramid import STRIDE, PyramidDecoder, PyramidEncoder
from worldmodels.errors import InputError
from worldmodels_svg.config import SVGConfig


def build_architecture(config: SVGConfig, shape: tuple[int, int, int]) -> tuple[PyramidEncoder, PyramidDecoder]:
    """The encoder and the decoder for frames of shape (channel, height, width).

    Raises:
        InputError: if the height or width is not a multiple of 16.
    """
    c, (_, height, width) = config, shape
    if height % STRIDE or width % STRIDE:
        raise InputError(f"frames of {height} x {width} do not fit SVG, which needs multiples of {STRIDE}.")
    norm = partial(nn.BatchNorm2d, track_running_stats=not c.batch_statistics)
    settings: dict[str, Any] = {"norm": norm, "bias": True}
    if c.architecture == "vgg":
        encoder = VGGEncoder(shape, c.filters, c.encoding, **settings)
        return encoder, VGGDecoder(shape, c.filters, c.encoding, True, **settings)
    # The authors normalise the first convolution too, unlike those of SRVP.
    first = DCGANEncoder(shape, c.filters, c.encoding, first_norm=True, **settings)
    return first, DCGANDecoder(shape, c.filters, c.encoding, True, **settings)
