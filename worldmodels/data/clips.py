"""`ClipSampler`: random windows of episodes for training, one gather a column."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from worldmodels.data.episode import SIGNAL, Array, quoted
from worldmodels.data.schema import Column
from worldmodels.data.store import Episodes, episode_fields
from worldmodels.errors import InputError, UnknownNameError


@dataclass(frozen=True, eq=False)
class Clips:
    """A batch of B windows of L frames; arrays of their own, not views of the store.

    Attributes:
        frames: uint8 (B, L, height, width, channel).
        episodes: int64 (B,), which episode each window is from.
        starts: int64 (B,), its first frame there.
        actions: (B, L-1, ...), nested as the action space is; `None` for videos.
        rewards: (B, L-1).
        terminated: bool (B, L-1).
        truncated: bool (B, L-1).
        signals: name -> (B, L, ...).
    """

    frames: Array
    episodes: Array
    starts: Array
    actions: Any = None
    rewards: Array | None = None
    terminated: Array | None = None
    truncated: Array | None = None
    signals: Mapping[str, Array] = field(default_factory=dict)


class ClipSampler:
    """Windows of `length` frames, each inside one episode; `len` is how many there are.

    Episodes of fewer frames have no window and are never sampled. Windows are counted at construction:
    make a new sampler to see episodes appended later.

    Args:
        episodes: A store or a subset of one.
        length: Frames of a window, at least 1; it has one step less.
        columns: Which of "actions", "rewards", "terminated", "truncated" and the signals' names to read
            beside the frames; `None` for all.

    Raises:
        InputError: where no episode is long enough.
        UnknownNameError: for a column that the store has not.
    """

    def __init__(self, episodes: Episodes, length: int, columns: Collection[str] | None = None) -> None:
        if length < 1:
            raise InputError(f"length {length} is not a number of frames; it must be 1 or more.")
        self.episodes, self.length = episodes, int(length)
        self._columns = _select(episodes, columns)
        self._windows = np.maximum(episodes.steps + 2 - self.length, 0)
        self._ends = np.cumsum(self._windows)
        self._begins = self._ends - self._windows
        self._offsets = {kind: np.asarray(episodes.records[kind], np.int64) for kind in ("frame", "step")}
        if not len(self):
            longest = int(episodes.steps.max()) + 1 if len(episodes) else 0
            raise InputError(
                f"no episode has {length} frames: the longest of {len(episodes)} has {longest}; "
                "ask for shorter clips or record longer episodes."
            )

    def __len__(self) -> int:
        return int(self._ends[-1]) if self._ends.size else 0

    def sample(self, batch_size: int, rng: np.random.Generator) -> Clips:
        """Windows drawn uniformly, with replacement, from all; the same for the same state of `rng`."""
        if batch_size < 1:
            raise InputError(f"batch_size {batch_size} must be 1 or more.")
        window = rng.integers(len(self), size=batch_size)
        episode = np.searchsorted(self._ends, window, side="right")
        return self._gather(episode, window - self._begins[episode])

    def at(self, episodes: ArrayLike, starts: ArrayLike = 0) -> Clips:
        """The windows that begin at the given frames of the given episodes.

        Args:
            episodes: (B,) indices into the sampler's episodes.
            starts: (B,) first frames, or one for all.

        Raises:
            InputError: where a window is not inside its episode.
        """
        episode = np.atleast_1d(np.asarray(episodes, np.int64))
        if episode.ndim != 1 or ((episode < 0) | (episode >= len(self.episodes))).any():
            raise InputError(f"episodes must be a list of indices in [0, {len(self.episodes)}).")
        start = np.broadcast_to(np.asarray(starts, np.int64), episode.shape)
        outside = (start < 0) | (start >= self._windows[episode])
        if outside.any():
            i = int(np.argmax(outside))
            raise InputError(
                f"episode {episode[i]} has {self._windows[episode[i]]} windows of {self.length} frames, "
                f"none begins at frame {start[i]}; leave it out or ask for shorter clips."
            )
        return self._gather(episode, start)

    def _gather(self, episode: Array, start: Array) -> Clips:
        ticks = np.arange(self.length)
        rows = {kind: (offset[episode] + start)[:, None] + ticks for kind, offset in self._offsets.items()}
        rows["step"] = rows["step"][:, :-1]
        store = self.episodes
        arrays = {c.name: store.columns[c.name].take(rows[c.kind], axis=0) for c in self._columns}
        return Clips(**episode_fields(store.schema, arrays), episodes=episode, starts=start)


def _select(episodes: Episodes, names: Collection[str] | None) -> list[Column]:
    columns = episodes.schema.columns
    if names is None:
        return list(columns)
    plain = {column.name.split(".")[0] for column in columns} - {"signal"}
    for name in names:
        if name not in plain | set(episodes.schema.signals):
            raise UnknownNameError("column", name, plain | set(episodes.schema.signals))
    wanted = {"frames", *(name if name in plain else SIGNAL + quoted(name) for name in names)}
    return [c for c in columns if c.name in wanted or c.name.split(".")[0] in wanted]
