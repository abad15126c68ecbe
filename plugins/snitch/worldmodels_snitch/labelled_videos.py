"""`LabelledVideos`: the videos of a store with the cell that the snitch ends in, and how hard each one is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldmodels.data import EpisodeStore
from worldmodels.data.store import Episodes
from worldmodels.errors import InputError
from worldmodels_envs.cater import CELLS

LABEL = "label"
_ENDS = (LABEL, "inside", "visibility")


@dataclass(frozen=True, eq=False)
class LabelledVideos:
    """Videos of one length, each with the cell that the snitch ends in.

    Attributes:
        episodes: The videos.
        labels: int64 (video,), cells from 0 to 35, row by row.
        contained: bool (video,), whether a cone covers the snitch on the last frame; `None` where not recorded.
        visibility: (video,), which share of the snitch is seen on the last frame; `None` likewise.
    """

    episodes: Episodes
    labels: NDArray[np.int64]
    contained: NDArray[np.bool_] | None = None
    visibility: NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self.episodes)

    @property
    def frames(self) -> int:
        """Frames of each video."""
        return int(self.episodes.steps[0]) + 1


def read_videos(store: str | Path | Episodes) -> LabelledVideos:
    """The videos of a store that `worldmodels cater` wrote, or of any with frames and the signal `label`.

    Raises:
        DataError: where there is no store.
        InputError: where it holds nothing, has no labels, labels that are no cells, or videos of several lengths.
    """
    episodes = store if isinstance(store, Episodes) else EpisodeStore(store)
    steps, known = episodes.steps, sorted(episodes.schema.signals)
    if LABEL not in known:
        raise InputError(
            f"{episodes.folder} has no signal {LABEL!r}, the snitch's last cell (only {', '.join(known) or 'frames'}); "
            "worldmodels cater writes such a data set."
        )
    if not len(episodes) or (steps != steps[0]).any():
        raise InputError(f"{episodes.folder} must hold videos of one length, at least one; it has {set(steps + 1)}.")
    last = {name: np.stack([episode.signals[name][-1] for episode in episodes]) for name in known if name in _ENDS}
    labels = last[LABEL].astype(np.int64)
    if labels.shape != (len(episodes),) or labels.min() < 0 or labels.max() >= CELLS:
        raise InputError(f"the labels of {episodes.folder} are not one cell for each video, from 0 to {CELLS - 1}.")
    contained = last["inside"][:, 0] >= 0 if "inside" in last else None
    return LabelledVideos(episodes, labels, contained, last.get("visibility"))
