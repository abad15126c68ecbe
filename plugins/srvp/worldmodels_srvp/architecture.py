"""The encoders and decoders by name."""

from __future__ import annotations

from typing import TypeAlias

from torch import nn

from worldmodels.blocks import DCGANDecoder, DCGANEncoder, VGGDecoder, VGGEncoder
from worldmodels.blocks.pyramid import STRIDE, PyramidDecoder
from worldmodels.errors import InputError
from worldmodels_srvp.config import SRVPConfig
from worldmodels_srvp.patches import PATCHES, OuterProductDecoder, PatchEncoder

Decoder: TypeAlias = PyramidDecoder | OuterProductDecoder

# Encoder and decoder of the paper's Appendix C.2.
_PYRAMIDS = {"dcgan": (DCGANEncoder, DCGANDecoder), "vgg": (VGGEncoder, VGGDecoder)}


def build_architecture(config: SRVPConfig, shape: tuple[int, int, int]) -> tuple[nn.Module, Decoder]:
    """The encoder, and the decoder of y and w, for frames of shape (channel, height, width).

    Raises:
        InputError: if the architecture does not fit the frames, or has no skip connections.
    """
    c, small = config, config.architecture == "small"
    stride = PATCHES if small else STRIDE
    if shape[1] % stride or shape[2] % stride:
        raise InputError(
            f"frames of {shape[1]} x {shape[2]} do not fit the architecture {c.architecture!r}, which needs "
            f"multiples of {stride}."
        )
    if c.skips and small:
        raise InputError("the architecture 'small' has no skip connections; choose 'dcgan' or 'vgg', or skips=False.")
    inputs = c.state + c.content
    if small:
        return PatchEncoder(shape, c.filters, c.encoding), OuterProductDecoder(shape, c.filters, inputs)
    encoder, decoder = _PYRAMIDS[c.architecture]
    return encoder(shape, c.filters, c.encoding), decoder(shape, c.filters, inputs, c.skips)
