"""`Batch`: what a model trains on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor


def incoming(actions: Tensor | None) -> Tensor | None:
    """The action that leads into each frame, (batch, time, action), of those between them: zeros into the first."""
    if actions is None:
        return None
    return torch.cat([actions.new_zeros(len(actions), 1, actions.shape[-1]), actions], 1)


@dataclass(frozen=True)
class Batch:
    """Clips of T frames, from windows of S frames: S = T where the frames follow one another.

    Attributes:
        frames: (batch, T, channel, height, width), floating point in [0, 1].
        actions: (batch, S - 1, action), all those of the window, as `ActionCodec` encodes them; `None` in an
            action-free world.
        rewards: (batch, T - 1) or `None`; index t belongs to the arrival at the clip's frame t + 1.
        terminated: (batch, T - 1) bool or `None`; likewise.
        signals: Recorded values by name, (batch, T, ...), one for each frame.
        times: (batch, T), when each frame was, in frames of the world's clock after the window's first, which is
            always there; rising. `None` where the frames follow one another.
        weights: (batch, T), how much each frame counts: 0 where an episode was shorter than the clip, whose last frame
            then stands still, below 1 for what is sampled more often than it occurs. `None` where all count alike.
    """

    frames: Tensor
    actions: Tensor | None = None
    rewards: Tensor | None = None
    terminated: Tensor | None = None
    signals: Mapping[str, Tensor] = field(default_factory=dict)
    times: Tensor | None = None
    weights: Tensor | None = None

    @property
    def clock(self) -> Tensor:
        """`times`, or 0, 1, ... where the frames follow one another: (batch, T), in the frames' dtype."""
        if self.times is not None:
            return self.times
        batch, time = self.frames.shape[:2]
        return torch.arange(time, device=self.frames.device, dtype=self.frames.dtype).expand(batch, -1)

    def mean(self, values: Tensor, first: int = 0) -> Tensor:
        """The mean of values (batch, time, ...) at the frames `first`, `first + 1`, ..., weighed as those frames are.

        Values (batch,) are of whole videos, which weigh as their frame `first`. Every loss takes its mean here.
        """
        if self.weights is None:
            return values.mean()
        each = values.unsqueeze(1) if values.ndim == 1 else values.flatten(2).mean(2) if values.ndim > 2 else values
        weights = self.weights[:, first : first + each.shape[1]].to(each.dtype)
        # A turn of a model or an open loop may look at padding alone.
        return (weights * each).sum() / weights.sum().clamp_min(1e-6)

    def to(self, device: torch.device | str, non_blocking: bool = False) -> Batch:
        """The batch on another device."""
        return self.map(lambda tensor: tensor.to(device, non_blocking=non_blocking))

    def double(self) -> Batch:
        """The batch with its floating point numbers in 64 bits."""
        return self.map(lambda tensor: tensor.double() if tensor.is_floating_point() else tensor)

    def pin_memory(self) -> Batch:
        """The batch in memory that a GPU can fetch from while the host goes on."""
        return self.map(Tensor.pin_memory)

    def map(self, function: Callable[[Tensor], Tensor]) -> Batch:
        """The batch with a function applied to every tensor."""

        def optional(tensor: Tensor | None) -> Tensor | None:
            return None if tensor is None else function(tensor)

        return Batch(
            function(self.frames),
            optional(self.actions),
            optional(self.rewards),
            optional(self.terminated),
            {name: function(signal) for name, signal in self.signals.items()},
            optional(self.times),
            optional(self.weights),
        )
