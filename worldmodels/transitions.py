"""`Transitions`: imagined steps as rewards and terminations read them, computed only where they are asked for."""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor

from worldmodels.model import WorldModel
from worldmodels.readout import Readout
from worldmodels.rollout import Belief, Rollout


class Transitions(Readout):
    """Steps from beliefs to the next ones; axes (batch,) for one step, (batch, time) for a rollout.

    `features` and `frames` are those after each step. Reward and termination functions are written for any leading
    axes, so that one serves the imagined environment (one step) and the planners (a rollout).

    Args:
        model: The model that imagined.
        before: The belief before the (first) step.
        after: The belief after it, or the rollout of those after each step.
        actions: What was done, as `ActionCodec` encodes it, (batch, [time,] action).
        before_features: `model.features(before)`, where it is already known.
    """

    def __init__(
        self,
        model: WorldModel,
        before: Belief,
        after: Belief | Rollout,
        actions: Tensor | None = None,
        before_features: Tensor | None = None,
    ) -> None:
        # As `Readout.__init__`, whose call would be felt in an imagined step.
        self.model = model
        self.of = after
        self.before = before
        self.actions = actions
        self._before_features = before_features

    @property
    def after(self) -> Belief | Rollout:
        """Where the steps led."""
        return self.of

    @cached_property
    def previous_features(self) -> Tensor:
        """Features before each step, (batch, [time,] feature)."""
        first = self.model.features(self.before) if self._before_features is None else self._before_features
        if not isinstance(self.of, Rollout):
            return first
        return torch.cat([first.unsqueeze(1), self.features[:, :-1]], 1)
