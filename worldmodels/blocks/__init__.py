"""Blocks that several models are built from."""

from worldmodels.blocks.convrnn import ConvGRU, ConvLSTM
from worldmodels.blocks.dcgan import DCGANDecoder, DCGANEncoder
from worldmodels.blocks.gaussian import Gaussian
from worldmodels.blocks.maps import Conv, group_norm, over_time
from worldmodels.blocks.mlp import mlp
from worldmodels.blocks.positions import LinearPositions, grid, waves
from worldmodels.blocks.precision import widen
from worldmodels.blocks.recurrent import LSTM, State
from worldmodels.blocks.skips import SkipBlock, SkipConv2d, SkipConvTranspose2d
from worldmodels.blocks.slot_attention import Inputs, SlotAttention
from worldmodels.blocks.vgg import VGGDecoder, VGGEncoder

__all__ = [
    "LSTM",
    "Conv",
    "ConvGRU",
    "ConvLSTM",
    "DCGANDecoder",
    "DCGANEncoder",
    "Gaussian",
    "Inputs",
    "LinearPositions",
    "SkipBlock",
    "SkipConv2d",
    "SkipConvTranspose2d",
    "SlotAttention",
    "State",
    "VGGDecoder",
    "VGGEncoder",
    "grid",
    "group_norm",
    "mlp",
    "over_time",
    "waves",
    "widen",
]
