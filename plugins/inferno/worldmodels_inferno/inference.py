"""What is believed of a scene after its first frame, and after each later one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch.nn.functional as F
from torch import Tensor

from worldmodels.noise import Noise
from worldmodels.rollout import Belief, pack
from worldmodels_inferno.attention import Slots, Tokens
from worldmodels_inferno.dynamics import History
from worldmodels_inferno.scene import Scene

if TYPE_CHECKING:
    from worldmodels_inferno.model import INFERNO


def first_belief(model: INFERNO, tokens: Tokens, turn: Tensor, noise: Noise) -> Belief:
    """The belief after a first frame, its slots beginning where they please, by a camera at turn (batch, 1)."""
    c = model.config
    slots = model.attention(tokens, model.attention.begin(tokens, noise))
    scene = model.reader(slots, model.view(turn))
    history = History.empty(scene.tokens[:, :-1], c.history - 1 if c.dynamics else 0, model.codec.dim)
    return _belief(scene, slots.content, certainty(slots, tokens), history, turn)


def next_belief(model: INFERNO, tokens: Tokens, belief: Belief, expected: Belief, noise: Noise) -> Belief:
    """The belief after a frame, whose slots begin where they are expected; what is not seen is as expected."""
    view = model.view(belief["turn"])
    seen = view.project(expected["places"][:, :-1])
    slots = model.attention(tokens, model.attention.begin_at(tokens, seen, noise))
    found, sure = model.reader(slots, view), certainty(slots, tokens)
    # A slot that finds nothing is hidden, not gone.
    found = found._replace(present=expected["present"])
    scene = Scene(*(expected[name] + sure * (part - expected[name]) for name, part in found._asdict().items()))
    content = expected["content"] + sure * (slots.content - expected["content"])
    history = History(*(expected[name] for name in History._fields))
    return _belief(scene, content, sure, history, belief["turn"])


def certainty(slots: Slots, tokens: Tokens) -> Tensor:
    """How surely each slot has something to look at (batch, slot, 1); the background always has."""
    tokens_held = slots.mass * tokens.keys.shape[1]
    return F.pad(tokens_held / (tokens_held + 0.5), (0, 1), value=1.0).unsqueeze(-1)


def _belief(scene: Scene, content: Tensor, sure: Tensor, history: History, turn: Tensor) -> Belief:
    entries = {**scene._asdict(), "content": content, "sure": sure, **history._asdict(), "turn": turn}
    return pack(entries, turn.shape[:1])
