"""`Losses`: a training step's terms, and the beliefs that the same pass came to."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from worldmodels.rollout import Rollout


class Losses(dict[str, Tensor]):
    """Named scalar terms, of which `total` is minimised, and where a model has them the beliefs of the same pass.

    Args:
        terms: The terms.
        beliefs: The beliefs after every frame of the batch, with gradients, for heads to learn on.
    """

    def __init__(self, terms: Mapping[str, Tensor], beliefs: Rollout | None = None) -> None:
        super().__init__(terms)
        self.beliefs = beliefs
