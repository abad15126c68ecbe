import pytest
import torch

from worldmodels.blocks import SkipBlock, SkipConv2d, SkipConvTranspose2d


@pytest.mark.parametrize("kind", [SkipConv2d, SkipConvTranspose2d])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("times", [1, 5])
def test_a_skip_counts_as_concatenated_to_every_frame(kind, bias, times):
    layer = kind(3 + 2, 4, 4, 2, 1, bias=bias)
    frames, maps = torch.randn(2 * times, 3, 8, 8), torch.randn(2, 2, 8, 8)
    repeated = torch.cat([frames, maps.repeat_interleave(times, 0)], 1)
    torch.testing.assert_close(layer(frames, layer.skip(maps)), layer(repeated))


@pytest.mark.parametrize("bias", [True, False])
def test_a_single_channel_is_the_transposed_convolution(bias):
    layer = SkipConvTranspose2d(5, 1, 4, 2, 1, bias=bias)
    inputs = torch.randn(3, 5, 6, 8)
    expected = torch.nn.functional.conv_transpose2d(inputs, layer.weight, layer.bias, 2, 1)
    torch.testing.assert_close(layer(inputs), expected, atol=1e-6, rtol=1e-5)


def test_a_block_hands_its_skip_to_its_first_layer():
    block = SkipBlock(SkipConv2d(5, 4, 3, 1, 1), torch.nn.ReLU())
    frames, maps = torch.randn(2, 3, 8, 8), torch.randn(2, 2, 8, 8)
    whole = block(torch.cat([frames, maps], 1))
    torch.testing.assert_close(block(frames, block.skip(maps)), whole, atol=1e-6, rtol=1e-5)
