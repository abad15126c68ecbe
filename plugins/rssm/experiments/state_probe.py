"""What a model knows of its world's state: probes of its features, and its endings, seen and imagined.

    worldmodels evaluate experiments.state_probe:EVALUATION checkpoint=runs/cartpole/round-4 data=runs/cartpole/data \
        signal=observation horizon=5

A linear probe reads a recorded signal from features after frames were seen, and from features after fewer of them and
`horizon` imagined steps, on episodes that it was not fitted to. Where the first is good and the second is not, the
dynamics are at fault; where both are not, the encoder is. The data may be the model's own: what is asked is what it
holds, not how it generalises.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

import worldmodels
from worldmodels.data import ClipSampler, EpisodeStore
from worldmodels.data.frames import to_float
from worldmodels.data.store import Episodes
from worldmodels.errors import InputError
from worldmodels.evaluation.evaluation import Evaluation, Result, exactly
from worldmodels.evaluation.intervals import Estimate
from worldmodels.evaluation.report import Cell, Column, Report, Table
from worldmodels.limits import Count, Seed

RIDGE = 1e-2


@dataclass(frozen=True)
class ProbeOptions:
    """R² of linear probes of a signal, and the area under the curve of terminations, seen and imagined.

    Attributes:
        checkpoint: The model, with a head "terminated".
        data: Recorded episodes with the signal.
        signal: The signal's name.
        context: Frames that are seen.
        horizon: Steps imagined after them.
        windows: How many, for the fit and for the test each.
        seed: Of windows and draws.
        out: The report's folder.
    """

    checkpoint: str
    data: str
    signal: str = "observation"
    context: Count = 6
    horizon: Count = 5
    windows: Count = 600
    seed: Seed = 0
    out: str = "runs/state_probe"


class Known(NamedTuple):
    """Of windows, at their last frame.

    Attributes:
        seen: Features after seeing all frames (window, feature).
        imagined: Features after seeing the context and imagining the rest (window, feature).
        signal: (window, number).
        ended: Whether the episode ended there (window,).
        chance_seen: The probability of it (window,) by what was seen.
        chance_imagined: The same by what was imagined.
    """

    seen: Tensor
    imagined: Tensor
    signal: Tensor
    ended: NDArray[np.bool_]
    chance_seen: Tensor
    chance_imagined: Tensor


@torch.no_grad()
def know(model: worldmodels.WorldModel, episodes: Episodes, options: ProbeOptions, seed: int) -> Known:
    """What a model knows at the end of random windows, a third of which hold an ending."""
    length = options.context + options.horizon
    sampler = ClipSampler(episodes, length, ["actions", "terminated", options.signal], rare=0.3)
    clips = sampler.sample(options.windows, np.random.default_rng(seed))
    frames, actions = to_float(clips.frames), model.codec.encode(clips.actions)
    generator = torch.Generator().manual_seed(seed)
    seen = model.observe(frames, actions, generator=generator)
    begun = options.context - 1
    belief = model.observe(frames[:, : options.context], actions[:, :begun], generator=generator)
    imagined = model.imagine(belief, actions[:, begun:], generator=generator).last
    head = model.heads.named("terminated")
    known, guessed = model.features(seen), model.features(imagined)
    signal = torch.as_tensor(np.asarray(clips.signals[options.signal])[:, -1], dtype=torch.float32)
    assert clips.terminated is not None
    ended = np.asarray(clips.terminated[:, -1], bool)
    return Known(known, guessed, signal.flatten(1), ended, head.value(known, known), head.value(guessed, guessed))


def probe(features: Tensor, signal: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Ridge regression of a signal (window, number) on features, as means of both, a scale and weights."""
    mean, scale, centre = features.mean(0), features.std(0).clamp_min(1e-3), signal.mean(0)
    x = ((features - mean) / scale).double()
    gram = x.T @ x + RIDGE * len(x) * torch.eye(x.shape[1], dtype=x.dtype)
    weights = torch.linalg.solve(gram, x.T @ (signal - centre).double()).float()
    return mean, scale, centre, weights


def r_squared(fitted: tuple[Tensor, Tensor, Tensor, Tensor], features: Tensor, signal: Tensor) -> Tensor:
    """The share of a signal's variance (number,) that a probe tells."""
    mean, scale, centre, weights = fitted
    error = (((features - mean) / scale) @ weights + centre - signal).square().mean(0)
    return 1 - error / signal.var(0, correction=0)


def area(chance: Tensor, ended: NDArray[np.bool_]) -> float:
    """The area under the receiver operating characteristic: how often an ending is given the larger probability."""
    from scipy.stats import rankdata

    ranks, many = rankdata(chance.numpy()), int(ended.sum())
    if not 0 < many < len(ended):
        raise InputError("all windows end alike, so there is nothing to tell apart; record episodes that terminate.")
    return float((ranks[ended].sum() - many * (many + 1) / 2) / (many * (len(ended) - many)))


def evaluate(options: ProbeOptions) -> Result:
    """Figures r2_NUMBER and auroc, of the subjects "seen" and "imagined"."""
    model, store = worldmodels.load(options.checkpoint), EpisodeStore(options.data)
    half = len(store) // 2
    fit = know(model, store.subset(range(half)), options, options.seed)
    test = know(model, store.subset(range(half, len(store))), options, options.seed + 1)
    probes: dict[str, Any] = {"seen": (fit.seen, test.seen, test.chance_seen)}
    probes["imagined"] = (fit.imagined, test.imagined, test.chance_imagined)
    found: dict[str, dict[str, Estimate]] = {}
    for subject, (features, tested, chance) in probes.items():
        told = r_squared(probe(features, fit.signal), tested, test.signal).tolist()
        figures = {f"r2_{i}": exactly(value) for i, value in enumerate(told)}
        found[subject] = {**figures, "auroc": exactly(area(chance, test.ended))}
    names = list(found["seen"])
    rows: list[list[Cell]] = [[subject, *(figures[name] for name in names)] for subject, figures in found.items()]
    report = Report("State", {"checkpoint": options.checkpoint, "signal": options.signal, "horizon": options.horizon})
    report.add(Table("What features tell", [Column("features"), *map(Column, names)], rows))
    return Result(found, report)


EVALUATION = Evaluation("state_probe", ProbeOptions, evaluate)
