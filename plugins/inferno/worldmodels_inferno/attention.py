"""Slots that share out a frame: objects, which have a place in it, and the background, which has none."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from worldmodels.blocks import grid, mlp
from worldmodels.noise import Noise
from worldmodels_inferno.config import INFERNOConfig

FLOOR = 0.01
"""Squared differences from the background, summed over colours, that are taken for noise."""

LEAST = 1e-3
"""Contrast of what does not stand out."""


class Tokens(NamedTuple):
    """A frame, as slots see it.

    Attributes:
        keys: (batch, token, width).
        values: (batch, token, width).
        votes: Where each token says that the middle of its object is (batch, token, 2), as (x, y) from -1 to 1.
        contrast: How much each differs from the background (batch, token), at least `LEAST`.
    """

    keys: Tensor
    values: Tensor
    votes: Tensor
    contrast: Tensor

    def at(self, time: int, times: int) -> Tokens:
        """Those of one time, where the batch is (batch x time)."""
        return Tokens(*(part.unflatten(0, (-1, times))[:, time] for part in self))


class Slots(NamedTuple):
    """What slots hold of a frame.

    Attributes:
        content: (batch, slot, width), the background's last.
        seen: Where objects are seen (batch, object, 2), as (x, y) from -1 to 1.
        stood_out: Contrast of what each object began at (batch, object).
        mass: Share of the tokens that each object has (batch, object), weighted by contrast.
    """

    content: Tensor
    seen: Tensor
    stood_out: Tensor
    mass: Tensor


class Encoder(nn.Module):
    """Convolutions, a positional embedding, and what slot attention reads.

    Args:
        frame_shape: Channels, height and width of a frame.
        config: The model's settings.
    """

    def __init__(self, frame_shape: tuple[int, int, int], config: INFERNOConfig) -> None:
        super().__init__()
        channels, height, width = frame_shape
        layers: list[nn.Module] = []
        for made, kernel, stride in config.encoder:
            layers += [nn.Conv2d(channels, made, kernel, stride, kernel // 2), nn.ReLU()]
            channels, height, width = made, -(-height // stride), -(-width // stride)
        self.convolutions = nn.Sequential(*layers)
        self.shape, self.reach = (height, width), config.vote_reach
        self.register_buffer("cells", grid(height, width), persistent=False)
        self.place = nn.Linear(4, channels)
        self.norm = nn.LayerNorm(channels)
        self.to_key = nn.Linear(channels, config.width, bias=False)
        self.to_value = nn.Linear(channels, config.width, bias=False)
        self.to_vote = nn.Linear(channels, 2)

    def forward(self, frames: Tensor, backdrop: Tensor) -> Tokens:
        """Tokens of frames (batch, channel, height, width), of which the background alone is the backdrop."""
        cells = self.get_buffer("cells")
        maps = self.convolutions(frames.contiguous(memory_format=torch.channels_last))
        # The way to all four borders, as in slot attention: a linear layer can then say where in the frame.
        read = maps.flatten(2).transpose(1, 2) + self.place(torch.cat([cells, -cells], -1))
        normed = self.norm(read)
        votes = cells + self.reach * self.to_vote(normed).tanh()
        with torch.no_grad():
            apart = (frames - backdrop).square().sum(1, keepdim=True)
            # The most of a cell, not its mean: a small object fills little of one.
            contrast = F.adaptive_max_pool2d(apart, self.shape).flatten(1)
            contrast = (contrast - FLOOR).clamp_min(LEAST)
        return Tokens(self.to_key(normed), self.to_value(normed), votes, contrast)


class Update(nn.Module):
    """One kind of slot: its query, and how it takes in what it finds (Locatello et al., 2020)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm, self.mlp_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query = nn.Linear(width, width, bias=False)
        self.gru = nn.GRUCell(width, width)
        self.residual = mlp(width, 2 * width, width)

    def forward(self, content: Tensor, found: Tensor) -> Tensor:
        """Content (batch, slot, width) after a round that found (batch, slot, width)."""
        new = self.gru(found.flatten(0, 1), content.flatten(0, 1)).view_as(content)
        taken: Tensor = new + self.residual(self.mlp_norm(new))
        return taken


class SceneAttention(nn.Module):
    """Slot attention whose objects prefer tokens that vote for where they are, and whose background what is plain.

    Args:
        config: The model's settings.
    """

    def __init__(self, config: INFERNOConfig) -> None:
        super().__init__()
        self.config, width = config, config.width
        self.objects, self.background = Update(width), Update(width)
        self.mean = nn.Parameter(torch.randn(2, width) * 0.5)
        self.log_std = nn.Parameter(torch.full((2, width), -1.0)) if config.start == "gaussian" else None
        self.nearness = nn.Parameter(torch.tensor(8.0)) if config.pose == "votes" else None

    def begin(self, tokens: Tokens, noise: Noise) -> Slots:
        """Slots before any round, in a frame of which nothing is known."""
        batch, count = len(tokens.keys), self.config.slots
        if self.config.start == "seeds":
            seen, stood_out = seeds(tokens.votes.detach(), tokens.contrast, count, self.config.apart)
        else:
            seen, stood_out = tokens.votes.new_zeros(batch, count, 2), tokens.contrast.new_ones(batch, count)
        return Slots(self._content(batch, noise), seen, stood_out, torch.zeros_like(stood_out))

    def begin_at(self, tokens: Tokens, seen: Tensor, noise: Noise) -> Slots:
        """Slots before any round, whose objects are expected at places seen (batch, object, 2).

        Only places are carried from frame to frame: the rounds have learned to begin from the same content.
        """
        far = (tokens.votes.unsqueeze(1) - seen.unsqueeze(2)).norm(dim=-1)
        near = torch.where(far < self.config.apart / 2, tokens.contrast.unsqueeze(1), LEAST)
        stood_out = near.amax(-1)
        return Slots(self._content(len(seen), noise), seen, stood_out, torch.zeros_like(stood_out))

    def _content(self, batch: int, noise: Noise) -> Tensor:
        kinds = [0] * self.config.slots + [1]
        content = self.mean[kinds].expand(batch, -1, -1)
        if self.log_std is not None:
            content = noise.gaussian(content, self.log_std[kinds].exp().expand_as(content))
        return content

    def forward(self, tokens: Tokens, slots: Slots) -> Slots:
        """Slots after all rounds."""
        for _ in range(self.config.iterations):
            slots = self._round(tokens, slots)
        return slots

    def attend(self, tokens: Tokens, slots: Slots) -> Tensor:
        """Each slot's share of each token (batch, slot, token), summing to 1 over slots."""
        objects, background = slots.content[:, :-1], slots.content[:, -1:]
        kinds = ((self.objects, objects), (self.background, background))
        queries = torch.cat([kind.query(kind.norm(content)) for kind, content in kinds], 1)
        logits = queries * self.config.width**-0.5 @ tokens.keys.transpose(1, 2)
        lowered = torch.zeros_like(logits[:, -1:])
        preferred = torch.zeros_like(logits[:, :-1])
        if self.config.start == "seeds":
            # What stands out repels the background, by as much as its difference is above noise.
            lowered = 2 * tokens.contrast.log().unsqueeze(1)
        if self.nearness is not None:
            far = (slots.seen.unsqueeze(2) - tokens.votes.unsqueeze(1)).square().sum(-1)
            preferred = -F.softplus(self.nearness) * far
        shares: Tensor = (logits + torch.cat([preferred, -lowered], 1)).softmax(1)
        return shares

    def _round(self, tokens: Tokens, slots: Slots) -> Slots:
        shares = self.attend(tokens, slots)
        # A slot that gets nothing would otherwise divide by nought.
        weights = shares + 1e-8
        weights = weights / weights.sum(-1, keepdim=True)
        found, seen = weights @ tokens.values, weights[:, :-1] @ tokens.votes
        content = [
            self.objects(slots.content[:, :-1], found[:, :-1]),
            self.background(slots.content[:, -1:], found[:, -1:]),
        ]
        # Plain tokens do not count: a slot that shares only these has found nothing.
        mass = (shares[:, :-1] * (tokens.contrast > 2 * LEAST).unsqueeze(1)).mean(-1)
        return Slots(torch.cat(content, 1), seen, slots.stood_out, mass)


def seeds(votes: Tensor, contrast: Tensor, count: int, apart: float) -> tuple[Tensor, Tensor]:
    """Votes (batch, count, 2) that stand out most, each far from those before it, and by how much (batch, count)."""
    rows, chosen, by = torch.arange(len(votes), device=votes.device), [], []
    for _ in range(count):
        best = contrast.argmax(1)
        chosen.append(votes[rows, best])
        by.append(contrast[rows, best])
        far = (votes - chosen[-1].unsqueeze(1)).square().sum(-1)
        # What is near a chosen one loses its contrast, so that the next lies on another object.
        contrast = contrast * (1 - torch.exp(-((far / apart**2) ** 2)))
    if not chosen:
        return votes.new_zeros(len(votes), 0, 2), contrast.new_zeros(len(votes), 0)
    return torch.stack(chosen, 1), torch.stack(by, 1).clamp_min(LEAST)
