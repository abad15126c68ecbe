"""The encoders and decoders by name."""

from __future__ import annotations

from functools import partial

from torch import nn

from worldmodels.errors import InputError
from worldmodels_svg.config import SVGConfig
from worldmodels_svg.convolution import JoinedDecoder
from worldmodels_svg.dcgan import DCGANDecoder, DCGANEncoder
from worldmodels_svg.vgg import VGGDecoder, VGGEncoder

_ARCHITECTURES: dict[str, tuple[type[nn.Module], type[JoinedDecoder]]] = {
    "dcgan": (DCGANEncoder, DCGANDecoder),
    "vgg": (VGGEncoder, VGGDecoder),
}
_STRIDE = 16


def build_architecture(config: SVGConfig, shape: tuple[int, int, int]) -> tuple[nn.Module, JoinedDecoder]:
    """The encoder and the decoder for frames of shape (channel, height, width).

    Raises:
        InputError: if the height or width is not a multiple of 16.
    """
    channels, height, width = shape
    if height % _STRIDE or width % _STRIDE:
        raise InputError(f"frames of {height} x {width} do not fit SVG, which needs multiples of {_STRIDE}.")
    encoder, decoder = _ARCHITECTURES[config.architecture]
    norm = partial(nn.BatchNorm2d, track_running_stats=not config.batch_statistics)
    size = (height // _STRIDE, width // _STRIDE)
    arguments = (channels, size, config.filters, config.encoding, norm)
    return encoder(*arguments), decoder(*arguments)
