"""`Scene`: objects with a pose, a shape and an appearance, and how slots become one."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from worldmodels_inferno.attention import LEAST, Slots
from worldmodels_inferno.config import INFERNOConfig
from worldmodels_inferno.view import View

SPECK = 0.01
"""Contrast up to which a slot began at nothing."""

OVERLAP = 0.6
"""How near two middles are, as a share of both sizes, for both to be of one object."""


class Scene(NamedTuple):
    """What is where. The background is the last object: a field of its own, placed at the origin until it is edited.

    Attributes:
        places: Middles of objects (batch, object, 3) in the world.
        scales: Their sizes along each axis (batch, object, 3).
        shape: (batch, object, number), which decides where an object is dense.
        appearance: (batch, object, number), which decides how it looks.
        present: 1, or 0 for what was removed (batch, object, 1).
    """

    places: Tensor
    scales: Tensor
    shape: Tensor
    appearance: Tensor
    present: Tensor

    @property
    def tokens(self) -> Tensor:
        """All of it in one vector for each object (batch, object, number)."""
        return torch.cat(self, -1)

    @classmethod
    def of_tokens(cls, tokens: Tensor, shape: int, appearance: int) -> Scene:
        """The scene whose `tokens` these are."""
        return cls(*tokens.split([3, 3, shape, appearance, 1], -1))

    def flat(self) -> Scene:
        """A scene (batch x time, ...) of one (batch, time, ...)."""
        return Scene(*(part.flatten(0, 1) for part in self))


class PosedMLP(nn.Module):
    """Two layers whose norm depends on the pose, as in conditional normalisation (Dumoulin et al., 2018)."""

    def __init__(self, width: int, pose: int, out: int) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(width, width), nn.Linear(width, out)
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.condition = nn.Linear(pose, 2 * width)

    def forward(self, content: Tensor, pose: Tensor) -> Tensor:
        """(..., out) of content (..., width) in a pose (..., pose)."""
        scale, shift = self.condition(pose).chunk(2, -1)
        out: Tensor = self.last((self.norm(self.first(content)) * (1 + scale) + shift).relu())
        return out


class SceneReader(nn.Module):
    """From slots to poses, then to shapes and appearances given these.

    Args:
        config: The model's settings.
    """

    def __init__(self, config: INFERNOConfig) -> None:
        super().__init__()
        c = self.config = config
        seeded = 2 if c.start == "seeds" else 0
        # By votes: size and height; by the slot alone: place, three sizes, and the rotation that the paper leaves out.
        made = 7 if c.pose == "mlp" else 1 + (c.lift > 0)
        hidden = 7 if c.pose == "mlp" else c.width
        self.pose = nn.Sequential(
            nn.Linear(c.width + seeded, hidden), nn.LayerNorm(hidden), nn.ReLU(), nn.Linear(hidden, made)
        )
        self.objects = PosedMLP(c.width, 6 + seeded, c.shape + c.appearance)
        self.background = nn.Sequential(
            nn.Linear(c.width, c.width), nn.LayerNorm(c.width), nn.ReLU(), nn.Linear(c.width, 2 * c.background_latent)
        )

    def forward(self, slots: Slots, view: View) -> Scene:
        """The scene that slots of frames stand for, seen by a view."""
        c, content = self.config, slots.content[:, :-1]
        noticed = content[..., :0]
        if c.start == "seeds":  # How much there was to see, which tells slots that have an object from spare ones.
            noticed = torch.stack([(slots.stood_out / LEAST).log(), (slots.mass / LEAST + 1e-2).log()], -1) / 5
        posed = self.pose(torch.cat([content, noticed], -1))
        places, scales = self._by_slot(posed) if c.pose == "mlp" else self._by_votes(posed, slots.seen, view)
        pose = torch.cat([places / c.reach, scales, noticed], -1)
        shape, appearance = self.objects(content, pose).split([c.shape, c.appearance], -1)
        background = self.background(slots.content[:, -1:]).unflatten(-1, (2, c.background_latent))
        own_shape, own_appearance = background.unbind(-2)
        one = places.new_ones(len(places), 1, 3)
        present = torch.ones_like(places[..., :1])
        # In training all are rendered: those that began wrongly learn to do without.
        if c.start == "seeds" and c.slots and not self.training:
            present = there(places.detach(), scales.detach(), slots.stood_out)
        return Scene(
            torch.cat([places, torch.zeros_like(one)], 1),
            torch.cat([scales, one], 1),
            torch.cat([shape, _widen(own_shape, c.shape)], 1),
            torch.cat([appearance, _widen(own_appearance, c.appearance)], 1),
            torch.cat([present, one[..., :1]], 1),
        )

    def _by_votes(self, posed: Tensor, seen: Tensor, view: View) -> tuple[Tensor, Tensor]:
        """Objects stand on the ground, or hang above it, where their tokens say that their middles are."""
        c = self.config
        low, high = c.scales
        size = low + (high - low) * posed[..., 0].sigmoid()
        level = c.stance * size
        if c.lift:
            level = level + c.lift * (posed[..., 1] - 3).sigmoid()
        return view.unproject(seen, level), size.unsqueeze(-1).expand(*size.shape, 3)

    def _by_slot(self, posed: Tensor) -> tuple[Tensor, Tensor]:
        """Places within reach, begun on the ground: without it the background takes all (Stelzner et al., 2021)."""
        c = self.config
        low, high = c.scales
        size = low + (high - low) * posed[..., 3:6].sigmoid()
        spread = c.reach * posed[..., :2].tanh()
        rise = c.stance * size[..., 2:] + c.lift * posed[..., 2:3].tanh().clamp_min(0)
        return torch.cat([spread, rise], -1), size


def there(places: Tensor, scales: Tensor, stood_out: Tensor) -> Tensor:
    """Which slots have an object (batch, object, 1): those that began at something, and at no other one's place.

    Solids do not fill the same space, so of two objects that would, the one that stood out less is none. Without this,
    spare slots share an object with the first that found it, or hide as specks of the ground.

    Args:
        places: (batch, object, 3), in the order in which slots chose where to begin.
        scales: (batch, object, 3).
        stood_out: Contrast of what each began at (batch, object).
    """
    apart = (places.unsqueeze(2) - places.unsqueeze(1)).norm(dim=-1)
    sizes = scales.mean(-1)
    same = apart < OVERLAP * (sizes.unsqueeze(2) + sizes.unsqueeze(1))
    here = [stood_out[:, index] > SPECK for index in range(places.shape[1])]
    for index in range(1, len(here)):
        taken = [same[:, index, other] & here[other] for other in range(index)]
        here[index] = here[index] & ~torch.stack(taken, 1).any(1)
    return torch.stack(here, 1).to(places.dtype).unsqueeze(-1)


def _widen(latent: Tensor, width: int) -> Tensor:
    return torch.nn.functional.pad(latent, (0, width - latent.shape[-1]))
