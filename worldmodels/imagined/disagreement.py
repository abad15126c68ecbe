"""`Disagreement`: how far imagined samples of the same step lie apart, a measure of the model's uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from worldmodels.errors import InputError, UnknownNameError


@dataclass(frozen=True)
class Disagreement:
    """Imagine every step several times at once, from the same belief, and compare.

    The first sample is the one that happens; with temperature 0, or for a deterministic model, all are alike.

    Attributes:
        samples: How many times, at least 2.
        of: What is compared: "features" (standard deviation, averaged over the features) or "reward".
        penalty: The disagreement is subtracted from the reward with this weight (as in Yu et al. 2020,
            "MOPO: Model-based Offline Policy Optimization", equation 3).
    """

    samples: int = 5
    of: Literal["features", "reward"] = "features"
    penalty: float = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.samples, int) or self.samples < 2:
            raise InputError(f"disagreement needs a number of samples of at least 2; got {self.samples!r}.")
        if self.of not in ("features", "reward"):
            raise UnknownNameError("subject of disagreement", str(self.of), ("features", "reward"))
        if not 0 <= self.penalty < float("inf"):
            raise InputError(f"the penalty {self.penalty!r} is not a number of at least 0.")

    def measure(self, values: Tensor) -> Tensor:
        """Standard deviations (batch,) of values (batch * samples, [feature]), averaged over the features."""
        spread: Tensor = values.float().reshape(-1, self.samples, *values.shape[1:]).std(1)
        return spread if spread.ndim == 1 else spread.mean(-1)

    def rows(self, batch: int, device: torch.device) -> tuple[Tensor, Tensor]:
        """Which environment each of the (batch * samples,) samples is of, and which (batch,) samples are the first."""
        environments = torch.arange(batch, device=device)
        return environments.repeat_interleave(self.samples), environments * self.samples
