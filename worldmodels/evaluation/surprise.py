"""How surprised a model is by each frame of a video, and whether that tells the impossible from the possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from gymnasium import spaces
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from worldmodels.abilities import Likelihood
from worldmodels.data.frames import to_float
from worldmodels.errors import InputError
from worldmodels.evaluation.intervals import Estimate
from worldmodels.model import WorldModel

_RESAMPLES = 1000


class Events(Protocol):
    """Pairs of videos that are the same up to a frame, in which the second one does something impossible.

    Attributes:
        possible: uint8 (pairs, time, height, width, channel).
        impossible: Of the same shape.
        kinds: (pairs,) integers, what kind of event it is.
        time: The frame that the event leads to.
    """

    possible: NDArray[np.uint8]
    impossible: NDArray[np.uint8]
    kinds: NDArray[np.int8]
    time: int


class Score(Protocol):
    """How surprising the last frame of videos is."""

    def __call__(self, frames: Tensor) -> Tensor:
        """Numbers (batch,) for frames (batch, time, channel, height, width), greater ones for more surprise."""


def surprise(model: Likelihood, *, samples: int = 1, seed: int = 0) -> Score:
    """Nats by which a model is surprised: minus the log probability of the last frame given those before.

    Args:
        model: Of a world without a choice of action.
        samples: Draws, where its likelihood is a bound.
        seed: Of them.
    """

    def score(frames: Tensor) -> Tensor:
        generator = torch.Generator(frames.device).manual_seed(seed)
        context = frames.shape[1] - 1
        actions = idle(model, len(frames), context)
        return -model.log_prob(frames, actions, context=context, samples=samples, generator=generator).nats

    return score


def prediction_error(model: WorldModel, *, samples: int = 8, seed: int = 0) -> Score:
    """The baseline without a likelihood: the least mean squared error of some predictions of the last frame."""

    def score(frames: Tensor) -> Tensor:
        generator = torch.Generator(frames.device).manual_seed(seed)
        belief = model.observe(frames[:, :-1], idle(model, len(frames), frames.shape[1] - 2), generator=generator)
        after = idle(model, len(frames), 1)
        errors = []
        for _ in range(samples):
            predicted = model.render(model.imagine(belief, after, horizon=1, generator=generator))[:, 0]
            errors.append((predicted - frames[:, -1]).square().flatten(1).mean(1))
        return torch.stack(errors).amin(0)

    return score


def idle(model: WorldModel, batch: int, steps: int) -> Tensor | None:
    """The actions (batch, steps, action) of a world that has none, or only one, which does nothing.

    Raises:
        InputError: for a model of a world in which there is a choice.
    """
    space = model.spec.action_space
    if space is None:
        return None
    if not isinstance(space, spaces.Discrete) or space.n != 1:
        raise InputError(f"the model's world has actions ({space}), and events have none; train one without a choice.")
    return model.codec.encode(np.full((batch, steps), space.start), model.device)


def change(frames: Tensor) -> Tensor:
    """The baseline without a model: the mean squared difference (batch,) of the last frame from the one before."""
    return (frames[:, -1] - frames[:, -2]).square().flatten(1).mean(1)


@dataclass(frozen=True)
class SurpriseResult:
    """How surprising one score holds each frame of pairs of videos.

    Attributes:
        possible: (pairs, times) the scores of the possible videos' frames.
        impossible: Those of the impossible ones' frames.
        times: Which frames these are.
        kinds: (pairs,) the events' kinds.
        time: The frame that the event leads to.
    """

    possible: NDArray[np.float64]
    impossible: NDArray[np.float64]
    times: Sequence[int]
    kinds: NDArray[np.int64]
    time: int

    def auroc(self, kind: int | None = None) -> Estimate:
        """The area under the curve that tells event frames from possible ones, of one kind or of all."""
        rows = slice(None) if kind is None else self.kinds == kind
        column = list(self.times).index(self.time)
        return auroc(self.impossible[rows, column], self.possible[rows, column])


def evaluate_surprise(
    score: Score, events: Events, *, least_context: int = 1, batch_size: int = 32, device: str | torch.device = "cpu"
) -> SurpriseResult:
    """Score every frame of both videos of each pair, given the frames before it.

    Args:
        score: Which score.
        events: The pairs.
        least_context: How many frames the score needs before the first that it scores.
        batch_size: Videos at a time.
        device: Where the score computes.

    Raises:
        InputError: where the event comes before the first frame that can be scored.
    """
    if not least_context <= events.time < events.possible.shape[1]:
        raise InputError(
            f"the event is in frame {events.time} of {events.possible.shape[1]}; "
            f"the score needs {least_context} before it."
        )
    times = range(least_context, events.possible.shape[1])

    def scored(videos: NDArray[np.uint8]) -> NDArray[np.float64]:
        rows = []
        for first in range(0, len(videos), batch_size):
            frames = to_float(torch.from_numpy(videos[first : first + batch_size]), device)
            with torch.no_grad():
                rows.append(torch.stack([score(frames[:, : time + 1]).double().cpu() for time in times], 1))
        array: NDArray[np.float64] = torch.cat(rows).numpy()
        return array

    kinds = np.asarray(events.kinds, dtype=np.int64)
    return SurpriseResult(scored(events.possible), scored(events.impossible), times, kinds, events.time)


def auroc(positive: ArrayLike, negative: ArrayLike, *, seed: int = 0) -> Estimate:
    """The chance that a positive scores above a negative, ties counting half (Hanley and McNeil, 1982).

    The interval is of 1000 bootstrap draws of the pairs (positive i, negative i).

    Raises:
        InputError: unless there are as many positives as negatives, at least one, without NaN.
    """
    above, below = (np.asarray(values, dtype=np.float64) for values in (positive, negative))
    if above.shape != below.shape or above.ndim != 1 or not above.size or np.isnan([above, below]).any():
        raise InputError(f"scores {above.shape} and {below.shape} are not lists of as many numbers, without NaN.")
    wins = (above[:, None] > below) + 0.5 * (above[:, None] == below)
    area = float(wins.mean())
    # Drawing pairs with replacement is weighting rows and columns alike by how often each was drawn.
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(len(above), np.full(len(above), 1 / len(above)), size=_RESAMPLES) / len(above)
    areas = ((weights @ wins) * weights).sum(1)
    low, high = np.quantile(areas, [0.025, 0.975]) if len(above) > 1 else (np.nan, np.nan)
    return Estimate(area, float(low), float(high), len(above))


def figures(result: SurpriseResult, kinds: Sequence[str]) -> Mapping[str, Estimate]:
    """AUROC over all events as `auroc`, and of each kind as `auroc_<kind>`."""
    of_kinds = {f"auroc_{name}": result.auroc(kind) for kind, name in enumerate(kinds) if (result.kinds == kind).any()}
    return {"auroc": result.auroc()} | of_kinds
