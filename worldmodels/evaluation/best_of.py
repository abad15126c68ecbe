"""Best of N samples, chosen for each video, one sample at a time."""

from __future__ import annotations

import torch
from torch import Tensor

from worldmodels.errors import InputError


class BestOf:
    """Keeps each video's best sample by its mean over time; memory does not grow with the samples.

    One is needed for each metric: the papers choose separately per video and per metric
    (Denton and Fergus, 2018; Franceschi et al., 2020).

    Args:
        higher_is_better: The direction of the metric.

    Attributes:
        count: Samples seen.
        index: (B,) the best sample of each video; the earliest among equals.
        curves: (B, T) the scores of that sample over time.
    """

    def __init__(self, higher_is_better: bool) -> None:
        self.higher_is_better = higher_is_better
        self.count = 0
        self.index = torch.empty(0, dtype=torch.int64)
        self.curves = torch.empty(0, 0)

    @property
    def scores(self) -> Tensor:
        """(B,) the mean over time of the best sample of each video."""
        return self.curves.mean(1)

    def update(self, scores: Tensor) -> Tensor:
        """Take the scores (B, T) of the next sample of all videos.

        Returns:
            (B,) bool: the videos whose best sample this now is.

        Raises:
            InputError: where the scores are not (B, T) as before, or are not finite.
        """
        self._check(scores)
        if not self.count:
            self.curves = scores.clone()
            self.index = torch.zeros(len(scores), dtype=torch.int64, device=scores.device)
            better = torch.ones(len(scores), dtype=torch.bool, device=scores.device)
        else:
            new, best = scores.mean(1), self.scores
            better = new > best if self.higher_is_better else new < best
            self.curves[better] = scores[better]
            self.index[better] = self.count
        self.count += 1
        return better

    def _check(self, scores: Tensor) -> None:
        if scores.ndim != 2 or (self.count and scores.shape != self.curves.shape):
            expected = tuple(self.curves.shape) if self.count else "(video, time)"
            raise InputError(f"scores {tuple(scores.shape)} are not {expected}.")
        if not scores.isfinite().all():
            raise InputError("a score is not a finite number; the best sample cannot be chosen.")
