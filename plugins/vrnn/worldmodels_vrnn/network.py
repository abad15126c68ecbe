"""`Network`: encoder, prior, posterior and decoder, and the two ways to run them."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from worldmodels.blocks import Gaussian
from worldmodels.errors import InputError
from worldmodels.noise import Noise
from worldmodels_vrnn.config import VRNNConfig
from worldmodels_vrnn.convolution import enlarge_groups
from worldmodels_vrnn.decoder import Decoder
from worldmodels_vrnn.encoder import Encoder, Maps, channels, resolutions
from worldmodels_vrnn.hierarchy import Hierarchy
from worldmodels_vrnn.memory import Memory, States, at


class Followed(NamedTuple):
    """What following given frames yields, with time after the batch.

    Attributes:
        posterior: The latents' distributions given the frames until each time, by resolution.
        latents: Draws from them.
        decoded: The decoder's last maps (batch, time, channel, height, width).
        memory: The recurrent states after each time.
    """

    posterior: dict[int, Gaussian]
    latents: Maps
    decoded: Tensor
    memory: Memory

    def since(self, time: int) -> Followed:
        """The times from an index on."""
        posterior = {level: q.map(lambda part: part[:, time:]) for level, q in self.posterior.items()}
        latents = {level: z[:, time:] for level, z in self.latents.items()}
        return Followed(posterior, latents, self.decoded[:, time:], self.memory.since(time))


class Network(nn.Module):
    """The networks of the paper, for frames of any power of two in size.

    Args:
        frame_shape: (channel, height, width).
        action: Width of an action, which joins the prior's maps and the decoder at 1x1; 0 for none.
        config: Sizes.

    Raises:
        InputError: for frames, resolutions or channels that do not fit one another.
    """

    def __init__(self, frame_shape: tuple[int, int, int], action: int, config: VRNNConfig) -> None:
        super().__init__()
        c = config
        sizes = resolutions(frame_shape)
        self.levels = _levels("latents", c.latents, sizes)
        self.recurrent = _levels("recurrent", c.recurrent or sizes, sizes)
        widths = channels(sizes, c.width, c.widest, delay=c.encoder == "strided")
        latents = {level: c.latent_channels or widths[level] for level in self.levels}
        self.encoder = Encoder(frame_shape[0], widths, c.encoder)
        self.prior = Hierarchy(widths, latents, c, action)
        self.posterior = Hierarchy(widths, latents, c, 0)
        self.decoder = Decoder(
            _decoder_widths(c, widths),
            widths,
            latents,
            {size: _kernel(size, sizes, c) for size in self.recurrent},
            c.context,
            action,
            frame_shape[0],
        )
        self.feature_dim = widths[1] + _decoder_widths(c, widths)[1]
        enlarge_groups(self, c.least_group)

    def maps(self, frames: Tensor) -> Maps:
        """Maps by resolution, of frames (batch, time, channel, height, width)."""
        return {
            size: level.unflatten(0, frames.shape[:2]) for size, level in self.encoder(frames.flatten(0, 1)).items()
        }

    def start(self, context: Maps) -> Memory:
        """First states, from the maps (batch, frame, ...) of the context."""
        return Memory(self.prior.start(context), self.posterior.start(context), self.decoder.start(context))

    def follow(self, maps: Maps, actions: Tensor | None, memory: Memory, noise: Noise) -> Followed:
        """Follow frames with draws from the posterior, each layer for all times at once where nothing recurs.

        Args:
            maps: Of the frames (batch, 1 + time, ...), the first being the one before.
            actions: (batch, time, action), each leading into the frame of its index.
            memory: States before the first, (batch, ...).
            noise: For the draws.
        """
        before = {level: maps[level][:, :-1] for level in self.levels}
        posterior = self.posterior.advance({level: maps[level][:, 1:] for level in self.levels}, memory.posterior)
        prior = self.prior.advance(before, memory.prior, actions)
        q, latents = self.posterior.sample(posterior, noise)
        decoded, decoder = self.decoder(before[1], latents, actions, memory.decoder)
        return Followed(q, latents, decoded, Memory(prior, posterior, decoder))

    def divergent(self, followed: Followed) -> list[tuple[int, Gaussian, Gaussian]]:
        """Each level with its posterior and, given the same draws, its prior."""
        prior = self.prior.given(followed.memory.prior, followed.latents)
        return [(level, q, prior[level]) for level, q in followed.posterior.items()]

    def generate(
        self, maps: Maps, action: Tensor | None, prior: States, decoder: States, noise: Noise
    ) -> tuple[Tensor, Maps, States, States]:
        """One frame with draws from the prior.

        Args:
            maps: Of the frame before, (batch, channel, height, width) at the levels of latents.
            action: (batch, action).
            prior: The prior's states.
            decoder: The decoder's states.
            noise: For the draws.

        Returns:
            The frame (batch, channel, height, width), its maps, and both states after it.
        """
        before = {level: maps[level].unsqueeze(1) for level in self.levels}
        actions = None if action is None else action.unsqueeze(1)
        prior = self.prior.advance(before, prior, actions)
        decoded, decoder = self.decoder(before[1], self.prior.sample(prior, noise)[1], actions, decoder)
        frame = self.decoder.logits(decoded).float().sigmoid()[:, 0].to(decoded.dtype)
        following = self.encoder(frame)
        return frame, {level: following[level] for level in self.levels}, at(prior, 0), at(decoder, 0)


def _levels(name: str, chosen: tuple[int, ...] | list[int], sizes: list[int]) -> list[int]:
    """The chosen resolutions, from 1x1 on."""
    allowed = sizes[::-1]
    if 1 not in chosen or not set(chosen) <= set(allowed) or len(set(chosen)) < len(chosen):
        known = ", ".join(map(str, allowed))
        raise InputError(f"{name}={tuple(chosen)} given; choose 1 and any others of {known}, the frames' resolutions.")
    return sorted(chosen)


def _kernel(size: int, sizes: list[int], config: VRNNConfig) -> int:
    """Of the network that makes a first state: 3 at the residual encoder's fifth scale, as the authors', else 1."""
    return 3 if size > 1 and config.encoder == "residual" and sizes.index(size) == 4 else 1


def _decoder_widths(config: VRNNConfig, widths: dict[int, int]) -> dict[int, int]:
    sizes, factors = list(widths)[::-1], config.decoder_channels
    if factors and len(factors) != len(sizes):
        raise InputError(f"decoder_channels={factors} given; the decoder has {len(sizes)} resolutions: {sizes}.")
    return {size: round(config.width * factors[i]) if factors else widths[size] for i, size in enumerate(sizes)}
