"""Baselines that learn nothing, over the episodes of a store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldmodels.data import Episode
from worldmodels.errors import MetricUnavailableError
from worldmodels_envs.cater.baselines import chance, last_seen, track
from worldmodels_snitch.labelled_videos import LabelledVideos

NEEDS: Mapping[str, tuple[str, ...]] = {
    "chance": (),
    "last_seen": ("positions", "visibility"),
    "tracker": ("masks", "inside", "positions"),
}
"""The untrained baselines, and the signals that each reads."""


def baseline_scores(name: str, videos: LabelledVideos, seed: int = 0) -> NDArray[np.float64]:
    """Scores (video, cell) of one of `NEEDS`.

    "chance" guesses; "last_seen" knows where the snitch truly was when it was last seen; "tracker" follows it, and
    the outermost cone around it, by the masks, an upper bound.

    Raises:
        MetricUnavailableError: where a signal that it reads was not recorded, as in the real CATER.
    """
    missing = [signal for signal in NEEDS[name] if signal not in videos.episodes.schema.signals]
    if missing:
        raise MetricUnavailableError(f"it needs {', '.join(missing)}, which {videos.episodes.folder} does not have.")
    guess = _guesses(seed)[name]
    return np.stack([guess(_arrays(episode, NEEDS[name])) for episode in videos.episodes])


def _guesses(seed: int) -> dict[str, Callable[[dict[str, Any]], NDArray[np.float64]]]:
    rng = np.random.default_rng(seed)
    return {"chance": lambda _: chance(rng), "last_seen": last_seen, "tracker": track}


def _arrays(episode: Episode, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: episode.signals[name] for name in names}
