import pytest
import torch

from worldmodels.blocks import DCGANDecoder, DCGANEncoder, VGGDecoder, VGGEncoder
from worldmodels.blocks.pyramid import Gather, Spread

STACKS = [(DCGANEncoder, DCGANDecoder), (VGGEncoder, VGGDecoder)]


@pytest.mark.parametrize("stacks", STACKS)
@pytest.mark.parametrize("shape", [(1, 16, 32), (3, 32, 16)])
@pytest.mark.parametrize("bias", [True, False])
def test_a_decoder_mirrors_its_encoder_with_skips_or_without(stacks, shape, bias):
    frames = torch.rand(6, *shape)
    encoder = stacks[0](shape, 4, 8, bias=bias).eval()
    encodings, maps = encoder(frames)
    assert encodings.shape == (6, 8) and encodings.abs().max() <= 1
    assert [level.shape[2] for level in maps] == sorted(level.shape[2] for level in maps)
    for skips in (True, False):
        decoder = stacks[1](shape, 4, 8, skips, bias=bias).eval()
        assert decoder(encodings, decoder.skips(maps) if skips else ()).shape == frames.shape


@pytest.mark.parametrize("stacks", STACKS)
def test_skips_of_a_video_are_those_of_each_of_its_frames(stacks):
    decoder = stacks[1]((1, 16, 16), 4, 8, True).eval()
    maps = stacks[0]((1, 16, 16), 4, 8).eval()(torch.rand(2, 1, 16, 16))[1]
    latents = torch.randn(2 * 3, 8)
    repeated = decoder.skips([level.repeat_interleave(3, 0) for level in maps])
    torch.testing.assert_close(decoder(latents, decoder.skips(maps)), decoder(latents, repeated))


def test_the_first_convolution_may_be_normalised():
    plain, normed = (DCGANEncoder((1, 16, 16), 4, 8, first_norm=norm) for norm in (False, True))
    extra = {name for name, _ in normed.named_parameters()} - {name for name, _ in plain.named_parameters()}
    assert extra == {"conv.0.1.weight", "conv.0.1.bias"}


@pytest.mark.parametrize("bias", [True, False])
def test_a_convolution_over_all_is_a_matrix_product(bias):
    gather, maps = Gather(3, 5, (2, 4), bias=bias), torch.randn(6, 3, 2, 4)
    torch.testing.assert_close(gather(maps), torch.nn.functional.conv2d(maps, gather.weight, gather.bias))
    spread, vectors = Spread(3, 5, (2, 4), bias=bias), torch.randn(6, 3, 1, 1)
    expected = torch.nn.functional.conv_transpose2d(vectors, spread.weight, spread.bias)
    torch.testing.assert_close(spread(vectors), expected)
