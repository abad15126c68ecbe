"""The DCGAN encoder and decoder (Appendix C.2 of the paper, after Radford et al., 2016)."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from worldmodels_srvp.convolution import (
    SkipConvTranspose2d,
    convolution,
    decoding_layer,
    encoding_layer,
    initialise,
)

STRIDE = 16
_HALVE = {"kernel_size": 4, "stride": 2, "padding": 1}


class DCGANEncoder(nn.Module):
    """Four convolutions that halve the frame, then one over all that is left."""

    def __init__(self, shape: tuple[int, int, int], filters: int, encoding: int) -> None:
        super().__init__()
        channels, height, width = shape
        n = filters
        first = nn.Sequential(nn.Conv2d(channels, n, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True))
        rest = [convolution(i, o, **_HALVE) for i, o in ((n, 2 * n), (2 * n, 4 * n), (4 * n, 8 * n))]
        self.conv = nn.ModuleList([first, *rest])
        self.last_conv = encoding_layer(8 * n, encoding, (height // STRIDE, width // STRIDE))
        self.apply(initialise)

    def forward(self, frames: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Encodings (n, encoding) of frames (n, channel, height, width), and feature maps, the coarsest first."""
        maps = []
        for layer in self.conv:
            frames = layer(frames)
            maps.append(frames)
        return self.last_conv(frames).flatten(1), maps[::-1]


class DCGANDecoder(nn.Module):
    """The encoder mirrored with transposed convolutions."""

    def __init__(self, shape: tuple[int, int, int], filters: int, inputs: int, skips: bool) -> None:
        super().__init__()
        channels, height, width = shape
        n, k = filters, 2 if skips else 1
        self.first_upconv = decoding_layer(inputs, 8 * n, (height // STRIDE, width // STRIDE))
        sizes = ((8 * n, 4 * n), (4 * n, 2 * n), (2 * n, n))
        blocks = [convolution(k * i, o, up=True, **_HALVE) for i, o in sizes]
        self.conv = nn.ModuleList([*blocks, SkipConvTranspose2d(k * n, channels, 4, 2, 1, bias=False)])
        self.apply(initialise)

    def forward(self, latents: Tensor, skips: Sequence[Tensor] = ()) -> Tensor:
        """Logits (n, channel, height, width) of latents (n, latent) and skips (videos, ...), videos dividing n."""
        frames: Tensor = self.first_upconv(latents[:, :, None, None])
        for index, layer in enumerate(self.conv):
            frames = layer(frames, skips[index]) if skips else layer(frames)
        return frames
