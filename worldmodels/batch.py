"""`Batch`: what a model trains on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True)
class Batch:
    """Clips of T frames and the T-1 steps between them.

    Attributes:
        frames: (batch, time, channel, height, width), float32 in [0, 1].
        actions: (batch, time - 1, action), as `ActionCodec` encodes them; `None` in a world without actions.
        rewards: (batch, time - 1) or `None`; index t belongs to the arrival at frame t + 1.
        terminated: (batch, time - 1) bool or `None`; likewise.
        signals: Recorded values by name, (batch, time, ...), one for each frame.
    """

    frames: Tensor
    actions: Tensor | None = None
    rewards: Tensor | None = None
    terminated: Tensor | None = None
    signals: Mapping[str, Tensor] = field(default_factory=dict)

    def to(self, device: torch.device | str, non_blocking: bool = False) -> Batch:
        """The batch on another device."""
        return self._map(lambda tensor: tensor.to(device, non_blocking=non_blocking))

    def pin_memory(self) -> Batch:
        """The batch in memory that a GPU can fetch from while the host goes on."""
        return self._map(Tensor.pin_memory)

    def _map(self, function: Callable[[Tensor], Tensor]) -> Batch:
        def optional(tensor: Tensor | None) -> Tensor | None:
            return None if tensor is None else function(tensor)

        return Batch(
            function(self.frames),
            optional(self.actions),
            optional(self.rewards),
            optional(self.terminated),
            {name: function(signal) for name, signal in self.signals.items()},
        )
