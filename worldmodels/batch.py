"""`Batch`: what a model trains on."""

from __future__ import annotations

from collections.abc import Mapping
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

        def move(tensor: Tensor | None) -> Tensor | None:
            return None if tensor is None else tensor.to(device, non_blocking=non_blocking)

        return Batch(
            self.frames.to(device, non_blocking=non_blocking),
            move(self.actions),
            move(self.rewards),
            move(self.terminated),
            {name: signal.to(device, non_blocking=non_blocking) for name, signal in self.signals.items()},
        )
