"""The RSSM's networks: frames to vectors and back, the recurrent cell, and categorical latents."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from worldmodels.errors import InputError
from worldmodels.noise import Noise

LARGEST = 12
"""Longest side of the smallest feature map: beyond it, the layer that reads the map would be most of the model."""


def layer(fan_in: int, fan_out: int) -> nn.Sequential:
    """A linear layer, a norm and an activation."""
    return nn.Sequential(nn.Linear(fan_in, fan_out, bias=False), nn.RMSNorm(fan_out), nn.SiLU())


class ChannelNorm(nn.Module):
    """A root-mean-square norm over the channels of maps (batch, channel, height, width)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.RMSNorm(channels)

    def forward(self, maps: Tensor) -> Tensor:
        """Normalised maps."""
        normed: Tensor = self.norm(maps.movedim(1, -1)).movedim(-1, 1)
        return normed


def strides_for(shape: tuple[int, int, int], patch: int, most: int) -> list[int]:
    """Strides of the convolutions of frames (channel, height, width): `patch`, then halvings, down to sides of 4.

    Raises:
        InputError: where the sides cannot be divided often enough, naming a size that fits.
    """
    height, width = shape[1:]
    strides: list[int] = []
    while len(strides) < most and min(height, width) > 4:
        stride = 2 if strides else patch
        if height % stride or width % stride:
            break
        height, width, strides = height // stride, width // stride, [*strides, stride]
    if not strides or max(height, width) > LARGEST:
        most_pixels = LARGEST * patch * 2 ** (most - 1)
        fitting = ",".join(str(min(max(16, round(side / 16) * 16), most_pixels)) for side in shape[1:])
        raise InputError(
            f"frames of {shape[1]} x {shape[2]} cannot be halved to {LARGEST} x {LARGEST} or less in {most} steps; "
            f"record with world.size=[{fitting}]."
        )
    return strides


class Encoder(nn.Module):
    """Strided convolutions; frames (batch, channel, height, width) become vectors (batch, width).

    Args:
        shape: (channel, height, width) of frames.
        channels: After each convolution.
        strides: Of each.
    """

    def __init__(self, shape: tuple[int, int, int], channels: Sequence[int], strides: Sequence[int]) -> None:
        super().__init__()
        blocks = [
            nn.Sequential(
                nn.Conv2d(fan_in, fan_out, 4, stride, 1 if stride == 2 else 0), ChannelNorm(fan_out), nn.SiLU()
            )
            for (fan_in, fan_out), stride in zip(pairwise([shape[0], *channels]), strides, strict=True)
        ]
        self.network = nn.Sequential(*blocks)
        scale = math.prod(strides)
        self.map = (channels[-1], shape[1] // scale, shape[2] // scale)
        self.width = self.map[0] * self.map[1] * self.map[2]
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it

    def forward(self, frames: Tensor) -> Tensor:
        """Vectors (batch, width); frames are centred first."""
        maps: Tensor = self.network((frames - 0.5).contiguous(memory_format=torch.channels_last))
        return maps.flatten(1)


class Decoder(nn.Module):
    """The way back from features (batch, feature) to frames in [0, 1], by transposed convolutions.

    Args:
        features: Width of the input.
        smallest: (channel, height, width) of the encoder's last map.
        channels: After each convolution, the frame's last.
        strides: Of each.
    """

    def __init__(
        self, features: int, smallest: tuple[int, int, int], channels: Sequence[int], strides: Sequence[int]
    ) -> None:
        super().__init__()
        self.smallest = smallest
        size = smallest[0] * smallest[1] * smallest[2]
        self.start = layer(features, size)
        blocks: list[nn.Module] = []
        for (fan_in, fan_out), stride in zip(pairwise([smallest[0], *channels]), strides, strict=True):
            blocks.append(nn.ConvTranspose2d(fan_in, fan_out, 4, stride, 1 if stride == 2 else 0))
            blocks += [ChannelNorm(fan_out), nn.SiLU()]
        self.network = nn.Sequential(*blocks[:-2])
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, features: Tensor) -> Tensor:
        """Frames (batch, channel, height, width)."""
        maps = self.start(features).unflatten(1, self.smallest)
        frames: Tensor = self.network(maps.contiguous(memory_format=torch.channels_last))
        return frames.sigmoid()


class BlockLinear(nn.Module):
    """A linear layer (..., block, in) -> (..., block, out) with weights of its own for each block."""

    def __init__(self, blocks: int, fan_in: int, fan_out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(blocks, fan_in, fan_out))
        self.bias = nn.Parameter(torch.zeros(blocks, fan_out))
        nn.init.trunc_normal_(self.weight, std=fan_in**-0.5)

    def forward(self, x: Tensor) -> Tensor:
        """The blocks' outputs."""
        return torch.einsum("...gi,gio->...go", x, self.weight) + self.bias


class Cell(nn.Module):
    """The sequence model: a gated recurrent unit of blocks, h' = f(h, z, a) (Equation 3).

    Args:
        deter: Width of the state.
        stoch: Width of the flat latents.
        actions: Width of an action; 0 for none.
        hidden: Width of what enters the blocks.
        blocks: Blocks of the state.
    """

    def __init__(self, deter: int, stoch: int, actions: int, hidden: int, blocks: int) -> None:
        super().__init__()
        if deter % blocks:
            raise InputError(f"deter={deter} cannot be parted into blocks={blocks} of one width.")
        self.blocks = blocks
        self.of_deter, self.of_stoch = layer(deter, hidden), layer(stoch, hidden)
        self.of_action = layer(actions, hidden) if actions else None
        width = hidden * (3 if actions else 2)
        self.inner = BlockLinear(blocks, deter // blocks + width, deter // blocks)
        self.norm = nn.RMSNorm(deter)
        self.gates = BlockLinear(blocks, deter // blocks, 3 * deter // blocks)

    def forward(self, deter: Tensor, stoch: Tensor, action: Tensor | None) -> Tensor:
        """The next state (batch, deter)."""
        read = [self.of_deter(deter), self.of_stoch(stoch)]
        if self.of_action is not None:
            assert action is not None
            # Unbounded actions may be of any size.
            read.append(self.of_action(action / action.abs().clamp_min(1)))
        shared = torch.cat(read, -1).unsqueeze(1).expand(-1, self.blocks, -1)
        parts = deter.unflatten(-1, (self.blocks, -1))
        inner = F.silu(self.norm(self.inner(torch.cat([parts, shared], -1)).flatten(1)))
        reset, candidate, update = self.gates(inner.unflatten(-1, (self.blocks, -1))).chunk(3, -1)
        candidate = (reset.sigmoid() * candidate).tanh().flatten(1)
        update = (update - 1).sigmoid().flatten(1)
        return torch.lerp(deter, candidate, update)


def mixed(logits: Tensor, classes: int, unimix: float) -> Tensor:
    """Log-probabilities (..., latent, class) of logits (..., latent x class), with a share of the uniform."""
    chance = logits.unflatten(-1, (-1, classes)).softmax(-1)
    return ((1 - unimix) * chance + unimix / classes).log()


def draw(log_chance: Tensor, noise: Noise) -> Tensor:
    """One-hot draws (..., latent x class); gradients pass straight through to the probabilities."""
    one_hot = F.one_hot(noise.categorical(log_chance), log_chance.shape[-1]).to(log_chance.dtype)
    chance = log_chance.exp()
    return (one_hot + (chance - chance.detach())).flatten(-2)


def divergence(p: Tensor, q: Tensor) -> Tensor:
    """KL(p || q) in nats (...), of log-probabilities (..., latent, class), summed over the latents."""
    return (p.exp() * (p - q)).sum((-1, -2))
