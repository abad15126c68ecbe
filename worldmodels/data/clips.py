"""`ClipSampler`: random windows of episodes for training, one gather a column."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from worldmodels.data.episode import SIGNAL, Array, quoted
from worldmodels.data.schema import StoredColumn
from worldmodels.data.store import Episodes, episode_fields
from worldmodels.errors import InputError, UnknownNameError


@dataclass(frozen=True, eq=False)
class Clips:
    """A batch of B clips of L frames from windows of S frames, S = L unless they are sparse; no views of the store.

    Attributes:
        frames: uint8 (B, L, height, width, channel).
        episodes: int64 (B,), which episode each window is from.
        starts: int64 (B,), its first frame there.
        actions: (B, S-1, ...), nested as the action space is; `None` for videos.
        rewards: (B, L-1).
        terminated: bool (B, L-1).
        truncated: bool (B, L-1).
        signals: name -> (B, L, ...).
        times: int64 (B, L), the frames' places in their windows, where the clips are sparse; else `None`.
    """

    frames: Array
    episodes: Array
    starts: Array
    actions: Any = None
    rewards: Array | None = None
    terminated: Array | None = None
    truncated: Array | None = None
    signals: Mapping[str, Array] = field(default_factory=dict)
    times: Array | None = None


class ClipSampler:
    """Windows of `length` frames, or `length` of the frames of windows of `span`, each inside one episode.

    `len` is how many windows there are.

    Episodes of fewer frames have no window and are never sampled. Windows are counted at construction:
    make a new sampler to see episodes appended later.

    Args:
        episodes: A store or a subset of one.
        length: Frames of a window, at least 1; it has one step less.
        columns: Which of "actions", "rewards", "terminated", "truncated" and the signals' names to read
            beside the frames; `None` for all.
        span: Frames of a window from which a clip's frames are drawn at random, in order, the first always among
            them; `None` for clips of all frames of a window.

    Raises:
        InputError: where no episode is long enough, or the span is shorter than the clips.
        UnknownNameError: for a column that the store has not.
    """

    def __init__(
        self, episodes: Episodes, length: int, columns: Collection[str] | None = None, span: int | None = None
    ) -> None:
        if length < 1 or (span is not None and span < length):
            raise InputError(
                f"length {length} (span {span}) is not a number of frames, at least 1 and at most the span."
            )
        self.episodes, self.length = episodes, int(length)
        self.span = self.length if span is None else int(span)
        self._columns = _select(episodes, columns)
        self._windows = np.maximum(episodes.steps + 2 - self.span, 0)
        self._ends = np.cumsum(self._windows)
        self._begins = self._ends - self._windows
        self._offsets = {kind: np.asarray(episodes.records[kind], np.int64) for kind in ("frame", "step")}
        if not len(self):
            longest = int(episodes.steps.max()) + 1 if len(episodes) else 0
            raise InputError(
                f"no episode has {self.span} frames: the longest of {len(episodes)} has {longest}; "
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
        ticks = None if self.span == self.length else self._ticks(batch_size, rng)
        return self._gather(episode, window - self._begins[episode], ticks)

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
                f"episode {episode[i]} has {self._windows[episode[i]]} windows of {self.span} frames, "
                f"none begins at frame {start[i]}; leave it out or ask for shorter clips."
            )
        if self.span != self.length:
            raise InputError("frames of sparse clips are drawn at random; take whole windows (no span) by index.")
        return self._gather(episode, start, None)

    def _ticks(self, batch_size: int, rng: np.random.Generator) -> Array:
        """The places (B, L) of the clips' frames in their windows: the first, and others without repetition."""
        later = rng.random((batch_size, self.span - 1)).argsort(1)[:, : self.length - 1] + 1
        return np.concatenate([np.zeros((batch_size, 1), np.int64), np.sort(later, 1)], 1)

    def _gather(self, episode: Array, start: Array, ticks: Array | None) -> Clips:
        first = {kind: (offset[episode] + start)[:, None] for kind, offset in self._offsets.items()}
        frames = np.arange(self.length) if ticks is None else ticks
        # Actions are all those of the window; what a step brought is read where it led to a frame of the clip.
        rows = {"frame": first["frame"] + frames, "step": first["step"] + np.arange(self.span - 1)}
        arrivals = rows["step"] if ticks is None else first["step"] + ticks[:, 1:] - 1
        store, arrays = self.episodes, {}
        for column in self._columns:
            of_steps = rows["step"] if column.name.split(".")[0] == "actions" else arrivals
            index = rows["frame"] if column.kind == "frame" else of_steps
            arrays[column.name] = store.columns[column.name].take(index, axis=0)
        return Clips(**episode_fields(store.schema, arrays), episodes=episode, starts=start, times=ticks)


def _select(episodes: Episodes, names: Collection[str] | None) -> list[StoredColumn]:
    columns = episodes.schema.columns
    if names is None:
        return list(columns)
    plain = {column.name.split(".")[0] for column in columns} - {"signal"}
    for name in names:
        if name not in plain | set(episodes.schema.signals):
            raise UnknownNameError("column", name, plain | set(episodes.schema.signals))
    wanted = {"frames", *(name if name in plain else SIGNAL + quoted(name) for name in names)}
    return [c for c in columns if c.name in wanted or c.name.split(".")[0] in wanted]
