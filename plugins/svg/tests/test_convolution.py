"""Joined convolutions are convolutions of a concatenation."""

import pytest
import torch
import torch.nn.functional as F

from worldmodels_svg.convolution import JoinedConv2d, JoinedConvTranspose2d


@pytest.mark.parametrize(
    ("layer", "plain"),
    [
        (JoinedConv2d(8, 5, 3, 1, 1), F.conv2d),
        (JoinedConvTranspose2d(8, 5, kernel_size=4, stride=2, padding=1), F.conv_transpose2d),
    ],
)
def test_the_parts_add_up_to_the_whole(layer, plain):
    inputs, maps = torch.randn(2, 3, 6, 6), torch.randn(2, 5, 6, 6)
    expected = plain(torch.cat([inputs, maps], 1), layer.weight, layer.bias, layer.stride, layer.padding)
    torch.testing.assert_close(layer(inputs, layer.skip(maps)), expected, atol=1e-5, rtol=0)
