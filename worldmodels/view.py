"""`View`: what can be read from a belief or a rollout, computed only when it is asked for."""

from __future__ import annotations

from torch import Tensor

from worldmodels.lazy import lazy
from worldmodels.model import WorldModel
from worldmodels.rollout import Belief, Rollout


class View:
    """Features and frames; axes (batch,) of a belief, (batch, time) of a rollout.

    Args:
        model: The model whose belief it is.
        of: What is viewed.
    """

    def __init__(self, model: WorldModel, of: Belief | Rollout) -> None:
        self.model = model
        self.of = of

    @lazy
    def features(self) -> Tensor:
        """(batch, [time,] feature)."""
        return self.model.features(self.of)

    @lazy
    def frames(self) -> Tensor:
        """(batch, [time,] channel, height, width) in [0, 1]."""
        return self.model.render(self.of)
