"""Samples of one batch of clips, scored as they come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from worldmodels.errors import InputError
from worldmodels.evaluation.best_of import BestOf
from worldmodels.evaluation.metrics import FrameMetric


@dataclass(frozen=True)
class SampleScores:
    """What is kept of N samples of B clips.

    Attributes:
        best: Metric to each clip's best sample.
        disagreement: (B, H) standard deviation over samples, averaged over pixels; zeros for one sample.
        first: (B, H, channel, height, width) the first sample.
        kept: "best" and "worst" to those samples of the first K clips, by the first metric.
    """

    best: dict[str, BestOf]
    disagreement: Tensor
    first: Tensor
    kept: dict[str, Tensor]

    def without_videos(self) -> SampleScores:
        """The scores alone, to be kept for many batches."""
        return SampleScores(self.best, self.disagreement, self.first[:0].clone(), {})


def score_samples(
    samples: Iterable[Tensor], target: Tensor, metrics: Sequence[FrameMetric], keep: int = 0
) -> SampleScores:
    """Score samples (B, H, channel, height, width) against what really followed, holding one at a time.

    Args:
        samples: One or more predictions of all clips.
        target: What followed, of the same shape.
        metrics: What to measure, at least one.
        keep: Of how many of the first clips to keep the best and the worst sample.

    Raises:
        InputError: where there is no sample, or one does not fit the target.
    """
    best = {metric.name: BestOf(metric.higher_is_better) for metric in metrics}
    worst, spread = BestOf(not metrics[0].higher_is_better), _Spread(target)
    first, kept = target[:0], {}
    for count, sample in enumerate(samples):
        scores = {metric.name: metric.compute(sample, target) for metric in metrics}
        better = {name: best[name].update(value) for name, value in scores.items()}[metrics[0].name]
        worse = worst.update(scores[metrics[0].name])
        if not count:
            first = sample
            kept = {"best": sample[:keep].clone(), "worst": sample[:keep].clone()}
        for name, changed in (("best", better[:keep]), ("worst", worse[:keep])):
            kept[name][changed] = sample[:keep][changed]
        spread.update(sample)
    if not spread.count:
        raise InputError("there is no sample to score.")
    return SampleScores(best, spread.over_pixels(), first, kept)


class _Spread:
    """Running standard deviation over samples (Welford, 1962)."""

    def __init__(self, like: Tensor) -> None:
        self.count = 0
        self.mean = torch.zeros_like(like)
        self.squares = torch.zeros_like(like)

    def update(self, sample: Tensor) -> None:
        self.count += 1
        change = sample - self.mean
        self.mean += change / self.count
        self.squares.addcmul_(change, sample - self.mean)

    def over_pixels(self) -> Tensor:
        variance = self.squares / max(1, self.count - 1)
        return variance.sqrt().mean((-3, -2, -1))
