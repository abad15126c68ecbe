"""`Readout`: what can be read from a belief or a rollout, computed only when it is asked for."""

from __future__ import annotations

from functools import cached_property

from torch import Tensor

from worldmodels.model import WorldModel
from worldmodels.rollout import Belief, Rollout


class Readout:
    """Features and frames; axes (batch,) of a belief, (batch, time) of a rollout.

    Args:
        model: The model whose belief it is.
        of: What is read.
    """

    def __init__(self, model: WorldModel, of: Belief | Rollout) -> None:
        self.model = model
        self.of = of

    @cached_property
    def features(self) -> Tensor:
        """(batch, [time,] feature)."""
        return self.model.features(self.of)

    @cached_property
    def frames(self) -> Tensor:
        """(batch, [time,] channel, height, width) in [0, 1]."""
        return self.model.render(self.of)

    def known(self, name: str) -> Tensor | None:
        """`features` or `frames` if they have been computed, else `None`."""
        return self.__dict__.get(name)

    def learn(self, name: str, values: Tensor | None) -> None:
        """Take over `features` or `frames` that are known from elsewhere; `None` for not known."""
        if values is not None:
            self.__dict__[name] = values
