"""Convolutions whose windows do not overlap are the same in one product."""

import pytest
import torch
from torch import nn

from worldmodels.blocks.strided import Patches, StridedDecoder, StridedEncoder, Unpatches


@pytest.mark.parametrize("side", [2, 4])
@pytest.mark.parametrize("memory", [torch.contiguous_format, torch.channels_last])
def test_patches_are_convolutions(side, memory):
    maps = torch.randn(3, 5, 16, 8).contiguous(memory_format=memory)
    layer = Patches(5, 7, side, side)
    torch.testing.assert_close(layer(maps), nn.Conv2d.forward(layer, maps))


@pytest.mark.parametrize("bias", [True, False])
def test_unpatches_are_transposed_convolutions(bias):
    maps = torch.randn(3, 7, 4, 2)
    layer = Unpatches(7, 5, 4, 4, bias=bias)
    torch.testing.assert_close(layer(maps), nn.ConvTranspose2d.forward(layer, maps))


def test_there_and_back():
    encoder = StridedEncoder((3, 32, 16), [4, 6], [4, 2])
    decoder = StridedDecoder(10, encoder.map, [4, 3], [2, 4])
    frames = torch.rand(2, 3, 32, 16)
    assert encoder(frames).shape == (2, encoder.width)
    assert decoder(torch.randn(2, 10)).shape == frames.shape
