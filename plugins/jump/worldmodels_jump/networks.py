"""The networks: representation M_theta, DRAW prior and posterior P_phi and P_psi, renderer M_gamma (appendix B)."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from worldmodels.blocks.gaussian import Gaussian
from worldmodels.blocks.mlp import mlp
from worldmodels.noise import Noise
from worldmodels_jump.cell import Cell
from worldmodels_jump.config import JUMPConfig

STRIDE = 4
# What softplus takes to 1: distributions begin near the standard normal.
_STANDARD = math.log(math.e - 1)
# Periods of the waves that encode time, in scales.
_PERIODS = (4.0, 2.0, 1.0, 0.5, 0.25, 0.125)


class Keys(nn.Module):
    """Encodes what frames are known by: a time or a pose, and what is known of the actions that led there.

    Args:
        config: The model's.
        summary: Width of what is known of the actions; 0 in an action-free world.
    """

    def __init__(self, config: JUMPConfig, summary: int) -> None:
        super().__init__()
        self.scale = config.scale if config.key == "time" else None
        self.width = 1 if config.key == "time" else config.pose
        raw = 1 + 2 * len(_PERIODS) if config.key == "time" else config.pose
        self.network = mlp(raw + summary, 2 * config.keys, config.keys)

    def forward(self, keys: Tensor, summaries: Tensor) -> Tensor:
        """Encoded keys (..., keys) of times (..., 1) or poses (..., pose), and summaries (..., summary)."""
        if self.scale is not None:
            share = keys / self.scale
            phases = 2 * math.pi * share / share.new_tensor(_PERIODS)
            keys = torch.cat([share, phases.sin(), phases.cos()], -1)
        encoded: Tensor = self.network(torch.cat([keys, summaries], -1))
        return encoded


class Representation(nn.Module):
    """M_theta: what a frame with its key adds to the representation of its scene."""

    def __init__(self, channels: int, config: JUMPConfig) -> None:
        super().__init__()
        a, b, c, d = config.filters
        self.first = nn.Conv2d(channels, a, 2, 2)
        # A key is the same everywhere: as planes beside the frame it would add the same to every place, too.
        self.key = nn.Linear(config.keys, a + c)
        self.second = nn.Conv2d(a, b, 2, 2)
        self.third = nn.Conv2d(b, c, 3, padding=1)
        self.fourth = nn.Conv2d(c, d, 3, padding=1)
        self.patches = nn.Conv2d(channels * STRIDE**2, d, 3, padding=1) if config.shortcuts else None
        # Frames of different times may be written on different channels of the sum.
        self.gains = nn.Linear(config.keys, d) if config.shortcuts else None

    def forward(self, frames: Tensor, keys: Tensor) -> Tensor:
        """Maps (batch, channel + 1, height / 4, width / 4) of frames (batch, ...) and encoded keys (batch, keys).

        The last channel is 1: in a sum of representations it counts the frames.
        """
        shares = self.key(keys)[..., None, None]
        near, far = shares[:, : self.first.out_channels], shares[:, self.first.out_channels :]
        maps = F.relu(self.first(frames) + near)
        maps = F.relu(self.third(F.relu(self.second(maps))) + far)
        last: Tensor = self.fourth(maps)
        if self.patches is not None and self.gains is not None:
            last = last + (1 + self.gains(keys)[..., None, None]) * self.patches(F.pixel_unshuffle(frames, STRIDE))
        return torch.cat([last, torch.ones_like(last[:, :1])], 1)


class Drawn(NamedTuple):
    """A scene (batch, channel, height, width), and the divergence (batch,) of posterior and prior in nats."""

    scene: Tensor
    divergence: Tensor


class Draw(nn.Module):
    """The convolutional DRAW: a prior that sees the context, and a posterior that also sees targets.

    At each step the prior's LSTM, which has read the latents so far, gives the next latent's distribution; the
    posterior's LSTM reads the prior's state, the context and the sum of the targets' representations, so that it takes
    any number of targets. What they come to is written on a canvas: the scene.

    Args:
        config: The model's.
        grid: Height and width of the maps.
    """

    def __init__(self, config: JUMPConfig, grid: tuple[int, int]) -> None:
        super().__init__()
        self.steps, self.latents, self.grid = config.steps, config.latents if config.latent != "none" else 0, grid
        known = grid if config.world else None
        read, key = config.filters[-1], config.keys if config.latent == "target" else 0
        self.prior = Cell(read, key, self.latents, config.hidden, config.kernel, known)
        self.shortcuts, self.mean = config.shortcuts, config.mean
        written = config.hidden + self.latents + (read if config.shortcuts else 0)
        self.write = nn.Conv2d(written, config.scene, config.kernel, padding=config.kernel // 2)
        if self.latents:
            self.posterior = Cell(2 * read, key, config.hidden, config.hidden, config.kernel, known)
            self.prior_head = nn.Conv2d(config.hidden, 2 * self.latents, config.kernel, padding=config.kernel // 2)
            seen = config.hidden + (2 * read if config.shortcuts else 0)
            self.posterior_head = nn.Conv2d(seen, 2 * self.latents, config.kernel, padding=config.kernel // 2)

    def noise(self, source: Noise, like: Tensor, *batch: int) -> Tensor:
        """What `forward` takes as draws: (*batch, step, latent, height, width)."""
        shape = (*batch, self.steps, self.latents, *self.grid)
        return source.temperature * source.standard(shape, like) if source.temperature else like.new_zeros(shape)

    def forward(
        self, context: Tensor, draws: Tensor, keys: Tensor | None = None, targets: Tensor | None = None
    ) -> Drawn:
        """Draw scenes from the prior, or from the posterior where there are targets.

        Args:
            context: (batch, channel + 1, height, width), the summed representations of what was seen, and their count.
            draws: (batch, step, latent, height, width), standard normal, already scaled by a temperature.
            keys: (batch, query, keys), where each query has a scene of its own; then all others but the context are
                of batch x query.
            targets: (batch, channel + 1, height, width), the summed representations of the targets, and their count.
        """
        context = self._combined(context)
        targets = None if targets is None else self._combined(targets)
        prepared = self.prior.prepare(context)
        if keys is not None:
            prepared = self.prior.address(prepared, keys)
        kept = context if keys is None else context.repeat_interleave(keys.shape[1], 0)
        seen = None if targets is None or not self.latents else self._prepare_posterior(kept, keys, targets)
        state, looking = None, None
        latent = prepared.new_zeros(len(prepared), self.latents, *prepared.shape[2:])
        still = self._still(kept, targets)
        states, latents, divergence = prepared.new_zeros(()), prepared.new_zeros(()), prepared.new_zeros(len(prepared))
        for step in range(self.steps):
            state = self.prior(prepared, latent, state)
            if self.latents:
                chosen = prior = Gaussian.softplus(self.prior_head(state.hidden), dim=1, shift=_STANDARD)
                if seen is not None:
                    # Its first step has not read the prior's state yet: it sees what is prepared.
                    looking = self.posterior(seen, state.hidden, looking)
                    chosen = Gaussian.softplus(self._judge(looking.hidden, still), dim=1, shift=_STANDARD)
                    divergence = divergence + chosen.kl(prior).sum((1, 2, 3))
                latent = torch.addcmul(chosen.mean, chosen.std, draws[:, step])
            # The sum of what convolutions write is what one writes of the sum.
            states, latents = states + state.hidden, latents + latent
        written = [states, latents, kept] if self.shortcuts else [states, latents]
        return Drawn(self.write(torch.cat(written, 1)), divergence)

    def _still(self, context: Tensor, targets: Tensor | None) -> Tensor | None:
        """What the posterior's head makes of context and targets, which stay the same over the steps."""
        if targets is None or not self.latents or not self.shortcuts:
            return None
        head = self.posterior_head
        weight = head.weight[:, -2 * context.shape[1] :]
        return F.conv2d(torch.cat([context, targets], 1), weight, head.bias, padding=head.padding)

    def _judge(self, hidden: Tensor, still: Tensor | None) -> Tensor:
        """The posterior's head, of its LSTM's state and of what stays the same."""
        if still is None:
            judged: Tensor = self.posterior_head(hidden)
            return judged
        head = self.posterior_head
        return F.conv2d(hidden, head.weight[:, : hidden.shape[1]], None, padding=head.padding) + still

    def _combined(self, summed: Tensor) -> Tensor:
        """The mean or the sum of representations (batch, channel, height, width)."""
        count = summed[:, -1:] if self.mean else 1
        combined: Tensor = summed[:, :-1] / count
        return combined

    def _prepare_posterior(self, context: Tensor, keys: Tensor | None, targets: Tensor) -> Tensor:
        """What the posterior reads in every step: the context, the targets, and its key where it has one."""
        prepared = self.posterior.prepare(torch.cat([context, targets], 1))
        return prepared if keys is None else self.posterior.address(prepared, keys.flatten(0, 1).unsqueeze(1))


class Renderer(nn.Module):
    """M_gamma: a deterministic LSTM that is fed scene and key at every step."""

    def __init__(self, channels: int, config: JUMPConfig, grid: tuple[int, int]) -> None:
        super().__init__()
        self.steps, self.shortcuts = config.render_steps, config.shortcuts
        known = grid if config.world else None
        self.cell = Cell(config.scene, config.keys, 0, config.render_hidden, config.kernel, known)
        if config.shortcuts:
            self.pixels = nn.Conv2d(config.render_hidden, channels * STRIDE**2, 3, padding=1)
            self.still = nn.Conv2d(config.scene, channels * STRIDE**2, 3, padding=1, bias=False)
        else:
            self.expand = nn.ConvTranspose2d(config.render_hidden, config.output, STRIDE, STRIDE)
            self.pixels = nn.Conv2d(config.output, channels, 3, padding=1)

    def hidden(self, scenes: Tensor, keys: Tensor) -> Tensor:
        """The sum of the states (batch, query, channel, height, width) that frames are painted from.

        Args:
            scenes: (batch, channel, height, width); or (batch x query, ...), one for each query.
            keys: Encoded, (batch, query, keys).
        """
        own = len(scenes) != len(keys)
        asked = keys.flatten(0, 1).unsqueeze(1) if own else keys
        prepared = self.cell.address(self.cell.prepare(scenes), asked)
        state = None
        # Each step paints on one canvas; the sum of transposed convolutions is that of the sum.
        painted = prepared.new_zeros(())
        for _ in range(self.steps):
            state = self.cell(prepared, None, state)
            painted = painted + state.hidden
        summed: Tensor = painted.unflatten(0, keys.shape[:2])
        return summed

    def forward(self, scenes: Tensor, keys: Tensor) -> Tensor:
        """Frames (batch, query, channel, height, width), not yet held within [0, 1]."""
        painted = self.hidden(scenes, keys)
        if not self.shortcuts:
            frames: Tensor = self.pixels(F.relu(self.expand(painted.flatten(0, 1)))).unflatten(0, keys.shape[:2])
            return frames
        still = self.still(scenes)
        still = still.unflatten(0, keys.shape[:2]) if len(scenes) != len(keys) else still.unsqueeze(1)
        patches = self.pixels(painted.flatten(0, 1)).unflatten(0, keys.shape[:2]) + still
        return F.pixel_shuffle(patches, STRIDE)
