"""`FirstFrames`: what a belief remembers of a video's beginning while the first state is still being inferred."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from worldmodels.rollout import Belief


class FirstFrames(NamedTuple):
    """The first k frames, k being `inference_frames`, of videos that may be of different ages.

    The first state is inferred from k frames; as long as fewer were seen, the newest one stands in for those
    that are missing. Each of the first k frames therefore corrects the first state, and the states are
    followed anew from it, with the latents and actions kept here.

    Attributes:
        encodings: (batch, k, encoding).
        latents: (batch, k, latent), the z that led into each frame; the first is not used.
        actions: (batch, k, action), likewise.
        age: (batch,) int64, how many frames were seen; at least k once the first state is settled.
    """

    encodings: Tensor
    latents: Tensor
    actions: Tensor
    age: Tensor

    @classmethod
    def empty(cls, like: Tensor, frames: int, latent: int, action: int) -> FirstFrames:
        """Nothing seen yet, for encodings like (batch, encoding)."""
        batch, encoding = like.shape
        encodings, latents, actions = (like.new_zeros(batch, frames, n) for n in (encoding, latent, action))
        return cls(encodings, latents, actions, torch.zeros(batch, dtype=torch.int64, device=like.device))

    @classmethod
    def of(cls, belief: Belief) -> FirstFrames:
        """Those that `entries` put into a belief."""
        encodings, latents, actions = (belief.get(f"start_{name}") for name in cls._fields[:3])
        return cls(encodings, latents, actions, belief.get("age"))

    def entries(self) -> dict[str, Tensor]:
        """As a belief's entries."""
        return {**{f"start_{name}": getattr(self, name) for name in self._fields[:3]}, "age": self.age}

    def add(self, encoding: Tensor, latent: Tensor, action: Tensor | None) -> FirstFrames:
        """With one more frame (batch, encoding), and what led into it."""
        slots = torch.arange(self.encodings.shape[1], device=self.age.device)
        here = (slots == self.age.unsqueeze(1)).unsqueeze(-1)
        missing = (slots >= self.age.unsqueeze(1)).unsqueeze(-1)
        return FirstFrames(
            torch.where(missing, encoding.unsqueeze(1), self.encodings),
            torch.where(here, latent.unsqueeze(1), self.latents),
            self.actions if action is None else torch.where(here, action.unsqueeze(1), self.actions),
            self.age + 1,
        )


def shorten(encodings: Tensor, probability: float) -> Tensor:
    """Some videos' first frames (batch, k, encoding) as they look when fewer were seen, at least one."""
    batch, frames = encodings.shape[:2]
    if frames == 1 or probability == 0:
        return encodings
    seen = torch.randint(1, frames, (batch,), device=encodings.device)
    seen = torch.where(torch.rand(batch, device=encodings.device) < probability, seen, frames)
    index = torch.minimum(torch.arange(frames, device=seen.device), seen.unsqueeze(1) - 1)
    return torch.gather(encodings, 1, index.unsqueeze(-1).expand_as(encodings))
