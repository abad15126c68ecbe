"""`Transitions`: imagined steps as rewards and terminations read them, computed only where they are asked for."""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor

from worldmodels.model import WorldModel
from worldmodels.readout import Readout
from worldmodels.rollout import Belief, Rollout


class Transitions:
    """Steps from beliefs to the next ones; axes (batch,) for one step, (batch, time) for a rollout.

    `features` and `frames` are those after each step. Reward and termination functions are written for any leading
    axes, so that one serves the imagined environment (one step) and the planners (a rollout).

    Args:
        model: The model that imagined.
        before: The belief before the (first) step.
        after: The belief after it, or the rollout of those after each step.
        actions: What was done, as `ActionCodec` encodes it, (batch, [time,] action).
        before_features: `model.features(before)`, where it is already known.

    Attributes:
        arrival: What can be read from where the steps led. It outlives the transitions where what was before them
            need not: the next step then works in memory that is still in the processor's cache.
    """

    def __init__(
        self,
        model: WorldModel,
        before: Belief,
        after: Belief | Rollout,
        actions: Tensor | None = None,
        before_features: Tensor | None = None,
    ) -> None:
        self.model = model
        self.before = before
        self.arrival = Readout(model, after)
        self.actions = actions
        self._before_features = before_features

    @property
    def after(self) -> Belief | Rollout:
        """Where the steps led."""
        return self.arrival.of

    @property
    def features(self) -> Tensor:
        """Features after each step, (batch, [time,] feature)."""
        return self.arrival.features

    @property
    def frames(self) -> Tensor:
        """Frames after each step, (batch, [time,] channel, height, width) in [0, 1]."""
        return self.arrival.frames

    @cached_property
    def previous_features(self) -> Tensor:
        """Features before each step, (batch, [time,] feature)."""
        first = self.model.features(self.before) if self._before_features is None else self._before_features
        if not isinstance(self.after, Rollout):
            return first
        return torch.cat([first.unsqueeze(1), self.features[:, :-1]], 1)
