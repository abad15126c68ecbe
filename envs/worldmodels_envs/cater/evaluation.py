"""How well the snitch is found: top-1, top-5 and cell distance with 95% intervals, split by difficulty."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from worldmodels_envs.cater.labels import CELLS, SIDE

Z95 = 1.959964
VISIBLE = 0.1  # from this share of the snitch on it counts as visible


class MeanInterval(NamedTuple):
    """A mean with its 95% interval; all NaN where there was nothing to average."""

    mean: float
    low: float
    high: float


class SnitchScore(NamedTuple):
    """The snitch metrics of a group of videos.

    Fields: group; videos, how many; top1 and top5, shares in [0, 1] with Wilson intervals; l1, mean
    |dx| + |dy| in cells between the best cell and the right one, with a normal interval.
    """

    group: str
    videos: int
    top1: MeanInterval
    top5: MeanInterval
    l1: MeanInterval


def score_snitch(
    scores: npt.NDArray[Any],
    labels: npt.NDArray[Any],
    contained: npt.NDArray[np.bool_] | None = None,
    visibility: npt.NDArray[Any] | None = None,
) -> list[SnitchScore]:
    """SnitchScore guesses of the snitch's cell, over all videos and in groups.

    Args:
        scores: Any scores, higher is likelier (videos, 36); ties are broken in favour of the lower cell.
        labels: The right cells (videos,).
        contained: Whether the snitch is inside a cone on the last frame (videos,).
        visibility: Which share of it is seen on the last frame (videos,).

    Raises:
        ValueError: The shapes do not fit together, or a label is no cell.
    """
    scores, labels = np.asarray(scores, dtype=np.float64), np.asarray(labels)
    if scores.ndim != 2 or scores.shape[1] != CELLS or labels.shape != scores.shape[:1]:
        raise ValueError(f"scores {scores.shape} and labels {labels.shape} must be (videos, {CELLS}) and (videos,)")
    if len(labels) and not (0 <= labels.min() and labels.max() < CELLS):
        raise ValueError(f"labels span {labels.min()}..{labels.max()}, must be cells in 0..{CELLS - 1}")
    rank = np.argsort(-scores, axis=1, kind="stable")
    every = np.ones(len(labels), dtype=np.bool_)
    groups = {"all": every}
    if contained is not None:
        groups |= {"contained": np.asarray(contained), "not contained": ~np.asarray(contained)}
    if visibility is not None:
        seen = np.asarray(visibility) >= VISIBLE
        groups |= {"visible": seen, "hidden": ~seen}
        if contained is not None:
            groups["occluded, not contained"] = ~seen & ~np.asarray(contained)
    return [_score(name, rank[chosen], labels[chosen]) for name, chosen in groups.items()]


def wilson(successes: int, trials: int) -> MeanInterval:
    """Return a share with its Wilson 95% interval."""
    if trials == 0:
        return MeanInterval(np.nan, np.nan, np.nan)
    share, z2 = successes / trials, Z95 * Z95
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = Z95 * np.sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials)) / (1 + z2 / trials)
    return MeanInterval(share, max(0.0, float(middle - half)), min(1.0, float(middle + half)))


def mean_interval(values: npt.NDArray[Any]) -> MeanInterval:
    """Return a mean with its normal 95% interval."""
    if len(values) == 0:
        return MeanInterval(np.nan, np.nan, np.nan)
    mean = float(values.mean())
    half = float(Z95 * values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else np.nan
    return MeanInterval(mean, mean - half, mean + half)


def cell_distance(first: npt.NDArray[Any], second: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return |dx| + |dy| between cells, in cells."""
    rows, columns = np.abs(np.divmod(first, SIDE) - np.array(np.divmod(second, SIDE)))
    return np.asarray(rows + columns)


def _score(group: str, rank: npt.NDArray[np.intp], labels: npt.NDArray[Any]) -> SnitchScore:
    hits = rank == labels[:, None]
    videos = len(labels)
    return SnitchScore(
        group,
        videos,
        wilson(int(hits[:, 0].sum()), videos),
        wilson(int(hits[:, :5].any(1).sum()), videos),
        mean_interval(cell_distance(rank[:, 0], labels)),
    )
