"""Video prediction against what really followed: best of N samples, over time, with intervals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from worldmodels.batch import Batch
from worldmodels.data.frames import to_numpy
from worldmodels.errors import InputError
from worldmodels.evaluation.frame_metrics import frame_metrics
from worldmodels.evaluation.frechet import FVD, frechet_distance
from worldmodels.evaluation.intervals import Estimate, mean_interval
from worldmodels.evaluation.metrics import FrameMetric
from worldmodels.evaluation.predictors import Predictor, world_model_predictor
from worldmodels.evaluation.report.video_strip import VideoStrip
from worldmodels.evaluation.sample_scores import SampleScores, score_samples
from worldmodels.model import WorldModel


@dataclass(frozen=True)
class MetricScores:
    """Best of N by one metric.

    Attributes:
        metric: What was measured.
        best: (videos, horizon) the scores of each video's best sample over time.
        index: (videos,) which sample that was.
        moving: (videos, horizon), where the true frame differs from the one before. Only these count, for a copy of the
            last frame is perfect wherever nothing moves, and a single perfect frame weighs as much as many good ones.
    """

    metric: FrameMetric
    best: NDArray[np.float32]
    index: NDArray[np.int64]
    moving: NDArray[np.bool_]

    @property
    def per_video(self) -> NDArray[np.float32]:
        """(moving videos,) the best sample's mean over the frames that move, to compare with another's in pairs."""
        counted = self.moving if self.moving.any() else np.ones_like(self.moving)
        some = counted.any(1)
        return np.asarray([row[at].mean() for row, at in zip(self.best[some], counted[some], strict=True)])

    @property
    def estimate(self) -> Estimate:
        """The mean over videos and time, with its interval over videos."""
        return mean_interval(self.per_video)

    @property
    def curve(self) -> tuple[Estimate, ...]:
        """The mean over videos at each imagined frame, over those that move there if any does."""
        return tuple(mean_interval(self.at(time)) for time in range(self.best.shape[1]))

    def at(self, time: int) -> NDArray[np.float32]:
        """The scores of one imagined frame, of the videos that move there or, if none does, of all."""
        moving = self.moving[:, time]
        return self.best[moving if moving.any() else slice(None), time]


@dataclass(frozen=True)
class PredictionResult:
    """How well one predictor foresaw the clips.

    Attributes:
        scores: Metric to its scores.
        disagreement: Standard deviation over samples, averaged over pixels, at each imagined frame; empty
            for one sample.
        strips: The first clips beside their best, first and worst samples by the first metric.
        context: Frames that were shown.
        horizon: Frames that were predicted.
        samples: Samples of each clip.
        videos: Clips.
        trained_horizon: The most frames that the model was trained to predict, where it is known.
        left_out: Metric to why it was not computed.
        fvd: Frechet video distance of the first samples, context included, where it was asked for.
        still: Share of the true frames that equal the one before, which the scores leave out.
    """

    scores: Mapping[str, MetricScores]
    disagreement: tuple[Estimate, ...]
    strips: tuple[VideoStrip, ...]
    context: int
    horizon: int
    samples: int
    videos: int
    trained_horizon: int | None
    left_out: Mapping[str, str]
    fvd: float | None
    still: float = 0.0


def evaluate_prediction(
    model: WorldModel | Predictor,
    clips: Batch | Iterable[Batch],
    *,
    context: int,
    horizon: int,
    samples: int = 100,
    metrics: Sequence[str | FrameMetric] = ("psnr", "ssim"),
    generator: torch.Generator | None = None,
    trained_horizon: int | None = None,
    strips: int = 4,
    fvd: FVD | None = None,
) -> PredictionResult:
    """Predict each clip many times and keep its best sample, separately for each metric.

    The protocol of Denton and Fergus (2018) and Franceschi et al. (2020): for every sample the model
    observes the context anew. Samples are scored one after the other, so memory does not grow with them.

    Args:
        model: A world model, or a `Predictor` such as `copy_last`.
        clips: Batches of clips of at least context + horizon frames; what is longer is cut. They move to
            the world model's device, where the metrics are computed too.
        context: Frames shown.
        horizon: Frames predicted.
        samples: Samples of each clip.
        metrics: Names, as in `frame_metrics`, or metrics; the first one chooses the strips.
        generator: Where all randomness comes from.
        trained_horizon: The most frames that the model was trained to predict, for the report.
        strips: How many of the first clips to keep as strips of videos.
        fvd: Also the Frechet video distance, of first samples.

    Raises:
        InputError: for numbers below 1, short clips, no clip, or no metric that can be computed.
    """
    _check_counts(context=context, horizon=horizon, samples=samples)
    found, left_out = frame_metrics(metrics)
    if not found:
        raise InputError(f"there is no metric to compute; left out: {left_out or 'none, for none was named'}.")
    predict = world_model_predictor(model) if isinstance(model, WorldModel) else model
    scored: list[SampleScores] = []
    kept: list[VideoStrip] = []
    features: list[tuple[Tensor, Tensor]] = []
    moves: list[Tensor] = []
    with _evaluating(model):
        for batch in [clips] if isinstance(clips, Batch) else clips:
            frames, actions = _cut(_moved(batch, model), context + horizon)
            seen, followed = frames[:, :context], frames[:, context:]
            predictions = (predict(seen, actions, horizon, generator) for _ in range(samples))
            scores = score_samples(predictions, followed, found, max(0, strips - len(kept)))
            kept += _strips(frames, scores, context, len(kept), found[0])
            if fvd is not None:
                features.append((fvd.features(torch.cat([seen, scores.first], 1)), fvd.features(frames)))
            scored.append(scores.without_videos())
            moves.append((followed != frames[:, context - 1 : -1]).flatten(2).any(2).cpu())
    if not scored:
        raise InputError("there is no clip to predict.")
    moving = torch.cat(moves).numpy()
    return PredictionResult(
        scores={metric.name: _joined(metric, scored, moving) for metric in found},
        disagreement=_disagreement(scored) if samples > 1 else (),
        strips=tuple(kept),
        context=context,
        horizon=horizon,
        samples=samples,
        videos=sum(len(s.disagreement) for s in scored),
        trained_horizon=trained_horizon,
        left_out=left_out,
        fvd=_fvd(features) if fvd is not None else None,
        still=1 - float(moving.mean()),
    )


@contextmanager
def _evaluating(model: object) -> Iterator[None]:
    """A network in evaluation mode, put back as it was."""
    training = isinstance(model, WorldModel) and model.training
    if isinstance(model, WorldModel):
        model.eval()
    try:
        yield
    finally:
        if isinstance(model, WorldModel):
            model.train(training)


def _check_counts(**counts: int) -> None:
    for name, count in counts.items():
        if not isinstance(count, int) or count < 1:
            raise InputError(f"{name} must be a whole number of at least 1; got {count!r}.")


def _moved(batch: Batch, model: object) -> Batch:
    return batch.to(model.device) if isinstance(model, WorldModel) else batch


def _cut(batch: Batch, length: int) -> tuple[Tensor, Tensor | None]:
    if batch.frames.shape[1] < length:
        raise InputError(f"clips of {batch.frames.shape[1]} frames are too short: context and horizon take {length}.")
    actions = None if batch.actions is None else batch.actions[:, : length - 1]
    return batch.frames[:, :length], actions


def _strips(frames: Tensor, scores: SampleScores, context: int, start: int, metric: FrameMetric) -> list[VideoStrip]:
    """The real clips beside their samples; those of a single sample need no choice."""
    best = scores.best[metric.name]
    panels = {"best": scores.kept["best"], "first": scores.first, "worst": scores.kept["worst"]}
    shown = panels if best.count > 1 else {"imagined": scores.first}
    strips = []
    for i in range(len(scores.kept["best"])):
        real = to_numpy(frames[i])
        ends = {label: to_numpy(panel[i]) for label, panel in shown.items()}
        videos = {label: np.concatenate([real[:context], end]) for label, end in ends.items()}
        title = f"clip {start + i + 1}: {metric.label} = {float(best.scores[i]):.3g}"
        strips.append(VideoStrip(title, {"real": real, **videos}, context))
    return strips


def _joined(metric: FrameMetric, scored: Sequence[SampleScores], moving: NDArray[np.bool_]) -> MetricScores:
    parts = [scores.best[metric.name] for scores in scored]
    best = torch.cat([part.curves for part in parts]).cpu().numpy()
    return MetricScores(metric, best, torch.cat([part.index for part in parts]).cpu().numpy(), moving)


def _disagreement(scored: Sequence[SampleScores]) -> tuple[Estimate, ...]:
    spread = torch.cat([scores.disagreement for scores in scored]).cpu().numpy()
    return tuple(mean_interval(column) for column in spread.T)


def _fvd(features: Sequence[tuple[Tensor, Tensor]]) -> float:
    generated, real = (torch.cat(part) for part in zip(*features, strict=True))
    return frechet_distance(generated, real)
