"""How slots move on: a module is selected for each by key and query, and a Gaussian update is added."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from worldmodels.blocks import Gaussian, mlp, waves
from worldmodels.noise import Noise
from worldmodels_vim.config import VIMConfig
from worldmodels_vim.modules import Modules

STEPS = 5.0
"""Steps of an object in half a frame, about."""

NARROW = 4.0
"""Subtracted before softplus: deviations of updates begin at about 0.02."""

NUDGE = 0.05
"""How far an update brings a place to where it is found, in half frames: a quarter of a step."""


class Candidates(NamedTuple):
    """What each module would do.

    Attributes:
        additions: To each slot (batch, slot, module, width).
        keys: Of the slots that would follow (batch, slot, module, key).
        prior: Logits of the selection before the frame is seen (batch, slot, module).
        action: What the environment's action adds to queries and updates (batch, 1, width), or `None`.
    """

    additions: Tensor
    keys: Tensor
    prior: Tensor
    action: Tensor | None


class Selection(nn.Module):
    """Candidates, and the choice among them before the frame is seen (section 8.3.1).

    Args:
        config: Sizes.
        action: Width of an environment's action, which joins the prior's query; 0 for none.
    """

    def __init__(self, config: VIMConfig, action: int) -> None:
        super().__init__()
        self.placed, self.content, self.octaves = config.placed, config.width, config.octaves * config.placed
        hidden, width = config.width, config.width + 2 * config.placed
        self.bank = Modules(config, width, 2 if config.placed and config.moves == "place" else None)
        self.key = mlp(width, hidden, hidden)
        self.prior_query = mlp(width + 4 * self.octaves, hidden, hidden)
        self.action = nn.Linear(action, width) if action else None

    def candidates(self, slots: Tensor, action: Tensor | None) -> Candidates:
        """What may follow slots (batch, slot, width) under actions (batch, action)."""
        told = None if self.action is None or action is None else self.action(action).unsqueeze(1)
        # All modules act on all slots in one batched product; the choice comes after.
        moved = self.bank(self._seen_by_modules(slots, told))
        additions = F.pad(moved, (slots.shape[-1] - moved.shape[-1], 0))
        first = self.key[0]
        assert isinstance(first, nn.Linear)
        # Of moves alone, not of slots: a rule's key says what it does, not to whom.
        keys = self.key[1:](of_last(first, self._enlarge(moved)))
        asked = slots if told is None else slots + told
        if self.octaves:
            asked = torch.cat([asked, waves(slots[..., self.content :], self.octaves)[..., 2:]], -1)
        return Candidates(additions, keys, match(self.prior_query(asked), keys), told)

    def follow(self, slots: Tensor, addition: Tensor, update: Tensor | float = 0.0) -> Tensor:
        """The slots that follow, their contents normalised."""
        return settle(slots + addition + update, self.content)

    def _seen_by_modules(self, slots: Tensor, told: Tensor | None) -> Tensor:
        """Without updates, modules have to know how an action moves what."""
        return slots if told is None else slots + told

    def _enlarge(self, moves: Tensor) -> Tensor:
        """Moves with their places in units of about a step."""
        if not self.placed:
            return moves
        return torch.cat([moves[..., :-2], STEPS * moves[..., -2:]], -1)


class Transition(Selection):
    """The choice once the frame is seen, and the Gaussian updates (section 8.3.2).

    Where slots have a place, what a slot finds in the frame is told from where it is, so that queries of the posterior
    and keys speak of the same thing: how far to go.

    Args:
        config: Sizes.
        action: Width of an environment's action, which joins the prior's query and update; 0 for none.
    """

    def __init__(self, config: VIMConfig, action: int) -> None:
        super().__init__(config, action)
        hidden, width = config.width, config.width + 2 * config.placed
        self.posterior_query = mlp(width, hidden, hidden)
        self.prior_update = mlp(width, hidden, 2 * width)
        self.posterior_update = mlp(config.width + 2 * width, hidden, 2 * width)

    def _seen_by_modules(self, slots: Tensor, told: Tensor | None) -> Tensor:
        """Rules are the world's own: an action only says which are likely, and what updates to expect."""
        return slots

    def told(self, slots: Tensor, found: Tensor) -> Tensor:
        """What slots find in a frame (batch, slot, width), places being told from the slots'."""
        if not self.placed:
            return found
        gap = found[..., self.content :] - slots[..., self.content :]
        return self._enlarge(torch.cat([found[..., : self.content], gap], -1))

    def posterior(self, candidates: Candidates, told: Tensor) -> Tensor:
        """Logits (batch, slot, module) of the selection, given what each slot is told of the frame."""
        return match(self.posterior_query(told), candidates.keys)

    def distance(self, told: Tensor) -> Tensor:
        """How far slots with places are from what they find (batch, slot)."""
        distances: Tensor = torch.linalg.vector_norm(told[..., self.content :], dim=-1)
        return distances

    def prior_of_update(self, addition: Tensor, candidates: Candidates) -> Gaussian:
        """Of the update after an addition (batch, slot, width), before the frame is seen."""
        given = addition if candidates.action is None else addition + candidates.action
        return _update(self.prior_update(given))

    def posterior_of_update(self, slots: Tensor, addition: Tensor, told: Tensor) -> Gaussian:
        """Of the update after an addition to slots, given what each is told of the frame.

        Slots' contents are seen, so that an update can bring them nearer to what is found and leave right ones alone.
        A place's mean begins as what is left of the way to where inputs vote that it is, `NUDGE` at most: moves
        are for modules.
        """
        q = _update(self.posterior_update(torch.cat([slots[..., : self.content], addition, told], -1)))
        return q._replace(mean=q.mean + self._nudge(addition, told)) if self.placed else q

    def _nudge(self, addition: Tensor, told: Tensor) -> Tensor:
        """The end of the way to where slots are found, after an addition; nought for contents."""
        left = told[..., self.content :] / STEPS - addition[..., self.content :]
        return F.pad(NUDGE * (left / NUDGE).tanh(), (self.content, 0))


def _update(raw: Tensor) -> Gaussian:
    """The distribution of an update.

    Deviations begin small, so that updates neither blur what modules do nor can cheaply do it in their place.
    """
    return Gaussian.softplus(raw, shift=-NARROW, least=1e-4)


def of_last(layer: nn.Linear, inputs: Tensor) -> Tensor:
    """A layer of its last inputs (..., number), the others being nought."""
    return F.linear(inputs, layer.weight[:, -inputs.shape[-1] :], layer.bias)


def match(query: Tensor, keys: Tensor) -> Tensor:
    """Logits (..., module) of a query (..., key) against keys (..., module, key)."""
    return (keys @ query.unsqueeze(-1)).squeeze(-1) * float(query.shape[-1] ** -0.5)


def settle(slots: Tensor, content: int) -> Tensor:
    """Slots whose contents, the first numbers, have mean 0 and variance 1; with a learned scale objects stay merged."""
    normed = F.layer_norm(slots[..., :content], (content,))
    return torch.cat([normed, slots[..., content:]], -1)


def soft_choice(logits: Tensor, noise: Noise) -> Tensor:
    """Weights (..., module) of a Gumbel softmax of temperature 1."""
    return (logits + noise.gumbel(logits)).softmax(-1)


def pick(additions: Tensor, index: Tensor, logits: Tensor) -> Tensor:
    """The addition (batch, slot, width) of the module `index` (batch, slot); gradients are those of the softmax."""
    # A product with one-hot weights carries the softmax's gradients; without any, gathering is cheaper.
    if torch.is_grad_enabled():
        return mix(additions, one_hot(index, logits))
    return additions.gather(-2, index[..., None, None].expand(*index.shape, 1, additions.shape[-1])).squeeze(-2)


def one_hot(index: Tensor, logits: Tensor) -> Tensor:
    """Weights (..., module) that select `index` (...), with the gradients of the softmax of the logits."""
    soft = logits.softmax(-1)
    return F.one_hot(index, logits.shape[-1]).to(soft.dtype) + (soft - soft.detach())


def mix(additions: Tensor, weights: Tensor) -> Tensor:
    """The weighted addition (batch, slot, width)."""
    return (weights.unsqueeze(-2) @ additions).squeeze(-2)


def categorical_kl(q: Tensor, p: Tensor) -> Tensor:
    """KL(q || p) in nats (...) of logits (..., module)."""
    log_q, log_p = q.log_softmax(-1), p.log_softmax(-1)
    return (log_q.exp() * (log_q - log_p)).sum(-1)
