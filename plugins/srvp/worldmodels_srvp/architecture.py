"""The encoders and decoders by name."""

from __future__ import annotations

from torch import nn

from worldmodels.errors import InputError
from worldmodels_srvp import dcgan, small, vgg
from worldmodels_srvp.config import SRVPConfig

_ARCHITECTURES = {
    "small": (small.SmallEncoder, small.SmallDecoder, small.STRIDE),
    "dcgan": (dcgan.DCGANEncoder, dcgan.DCGANDecoder, dcgan.STRIDE),
    "vgg": (vgg.VGGEncoder, vgg.VGGDecoder, vgg.STRIDE),
}


def build_architecture(config: SRVPConfig, shape: tuple[int, int, int]) -> tuple[nn.Module, nn.Module]:
    """The encoder, and the decoder of y and w, for frames of shape (channel, height, width).

    Raises:
        InputError: if the architecture does not fit the frames, or has no skip connections.
    """
    encoder, decoder, stride = _ARCHITECTURES[config.architecture]
    if shape[1] % stride or shape[2] % stride:
        raise InputError(
            f"frames of {shape[1]} x {shape[2]} do not fit the architecture {config.architecture!r}, which needs "
            f"multiples of {stride}."
        )
    if config.skips and config.architecture == "small":
        raise InputError("the architecture 'small' has no skip connections; choose 'dcgan' or 'vgg', or skips=False.")
    inputs = config.state + config.content
    return encoder(shape, config.filters, config.encoding), decoder(shape, config.filters, inputs, config.skips)
