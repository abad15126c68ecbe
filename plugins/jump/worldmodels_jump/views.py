"""`Views` of a scene, and `Doing`: what is known of the actions that led to them."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Views(NamedTuple):
    """Frames (batch, view, ...), their keys (batch, view, key), and what is known of actions (batch, view, summary)."""

    frames: Tensor
    keys: Tensor
    summaries: Tensor

    @classmethod
    def untouched(cls, frames: Tensor, keys: Tensor) -> Views:
        """Views of an action-free world."""
        return cls(frames, keys, frames.new_zeros(*frames.shape[:2], 0))

    def take(self, index: Tensor) -> Views:
        """The views of each video at index (batch, chosen)."""
        rows = torch.arange(len(index), device=index.device)[:, None]
        return Views(*(part[rows, index] for part in self))

    def split(self, order: Tensor, seen: int) -> tuple[Views, Views]:
        """The first `seen` of an order (batch, view), and the others with the last of these, which is asked for too."""
        return self.take(order[:, :seen]), self.take(order[:, seen - 1 :])


class Doing(nn.GRU):
    """Reads actions: its states are what keys know of them."""

    def led(self, actions: Tensor) -> Tensor:
        """What is known of the one action (batch, view, action) that led to each frame: (batch, view, summary)."""
        states, _ = self(actions.flatten(0, 1).unsqueeze(1))
        known: Tensor = states.unflatten(0, actions.shape[:2]).squeeze(2)
        return known

    def after(self, actions: Tensor, first: Tensor | None = None) -> Tensor:
        """What is known before and after each of the actions (batch, step, action): (batch, step + 1, summary).

        Args:
            actions: Taken one after the other.
            first: What is known before them (batch, summary); `None` for nothing.
        """
        first = actions.new_zeros(len(actions), self.hidden_size) if first is None else first
        states, _ = self(actions, first.unsqueeze(0).contiguous())
        return torch.cat([first.unsqueeze(1), states], 1)
