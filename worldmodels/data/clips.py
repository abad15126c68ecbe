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
        weights: float32 (B, L), how much each frame counts: 0 beyond an episode's end, where its last frame is
            repeated, and below 1 in windows that are drawn more often than others; `None` where all count alike.
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
    weights: Array | None = None


# Frames of a window; whole numbers beyond 64 bits cannot be compared with an episode's.
_LONGEST = 1 << 31


class ClipSampler:
    """Windows of `length` frames, or `length` of the frames of windows of `span`, each inside one episode.

    `len` is how many windows there are.

    Episodes of fewer frames are one window, padded, if they have `least` frames; else they are never sampled. Windows
    are counted at construction: make a new sampler to see episodes appended later.

    Args:
        episodes: A store or a subset of one.
        length: Frames of a window, at least 1; it has one step less.
        columns: Which of "actions", "rewards", "terminated", "truncated" and the signals' names to read
            beside the frames; `None` for all.
        span: Frames of a window from which a clip's frames are drawn at random, in order, the first always among
            them; `None` for clips of all frames of a window.
        least: Frames that an episode shorter than the window needs to be padded; `None` to leave such episodes out.
        rare: Share of the clips, 0 to below 1, that are drawn from the windows with a rare reward or a termination
            (see `rare_steps`); their weights make up for it.

    Raises:
        InputError: where no episode is long enough, or the span is shorter than the clips.
        UnknownNameError: for a column that the store has not.
    """

    def __init__(
        self,
        episodes: Episodes,
        length: int,
        columns: Collection[str] | None = None,
        span: int | None = None,
        *,
        least: int | None = None,
        rare: float = 0.0,
    ) -> None:
        if not 1 <= length <= (length if span is None else span) <= _LONGEST or not 0 <= (least or 0) <= _LONGEST:
            raise InputError(
                f"length {length} (span {span}, least {least}) is not a number of frames, at least 1 and at most "
                "the span."
            )
        if not 0 <= rare < 1:
            raise InputError(f"rare={rare} is not a share from 0 to below 1.")
        self.episodes, self.length = episodes, int(length)
        self.span = self.length if span is None else int(span)
        self._columns = _select(episodes, columns)
        self._windows = np.maximum(episodes.steps + 2 - self.span, 0)
        padded = (self._windows == 0) & (least is not None) & (self.span == self.length)
        padded &= episodes.steps + 1 >= (least or 0)
        self._windows[padded] = 1
        self._padded = bool(padded.any())
        self._ends = np.cumsum(self._windows)
        self._begins = self._ends - self._windows
        self._offsets = {kind: np.asarray(episodes.records[kind], np.int64) for kind in ("frame", "step")}
        if not len(self):
            longest = int(episodes.steps.max()) + 1 if len(episodes) else 0
            raise InputError(
                f"no episode has {self.span} frames: the longest of {len(episodes)} has {longest}; "
                "ask for shorter clips or record longer episodes."
            )
        self._rare = rare
        self._eventful = self._eventful_windows() if rare else np.zeros(0, np.int64)

    def __len__(self) -> int:
        return int(self._ends[-1]) if self._ends.size else 0

    def sample(self, batch_size: int, rng: np.random.Generator) -> Clips:
        """Windows drawn with replacement, uniformly but for `rare`; the same for the same state of `rng`."""
        if batch_size < 1:
            raise InputError(f"batch_size {batch_size} must be 1 or more.")
        window, weights = rng.integers(len(self), size=batch_size), None
        if 0 < len(self._eventful) < len(self):
            window, weights = self._prefer_eventful(window, rng)
        episode = np.searchsorted(self._ends, window, side="right")
        ticks = None if self.span == self.length else self._ticks(batch_size, rng)
        return self._gather(episode, window - self._begins[episode], ticks, weights)

    def _prefer_eventful(self, window: Array, rng: np.random.Generator) -> tuple[Array, Array]:
        """Windows of which a share is drawn anew from the eventful ones, and their importance weights p / q."""
        again = rng.random(len(window)) < self._rare
        window = np.where(again, self._eventful[rng.integers(len(self._eventful), size=len(window))], window)
        rest, gain = 1 - self._rare, self._rare * len(self) / len(self._eventful)
        place = np.minimum(np.searchsorted(self._eventful, window), len(self._eventful) - 1)
        return window, 1 / np.where(self._eventful[place] == window, rest + gain, rest)

    def _eventful_windows(self) -> Array:
        """The windows, in order, that hold a rare step."""
        steps = self.episodes.steps
        inside = np.repeat(self._offsets["step"], steps) + _ranges(steps)  # rows of these episodes' steps
        found = np.concatenate([[0], np.cumsum(rare_steps(self.episodes, inside))])
        episode = np.repeat(np.arange(len(steps)), self._windows)
        before = np.cumsum(steps) - steps
        begin = before[episode] + _ranges(self._windows)
        end = np.minimum(begin + self.span - 1, before[episode] + steps[episode])
        return np.flatnonzero(found[end] > found[begin])

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
        return self._gather(episode, start, None, None)

    def _ticks(self, batch_size: int, rng: np.random.Generator) -> Array:
        """The places (B, L) of the clips' frames in their windows: the first, and others without repetition."""
        later = rng.random((batch_size, self.span - 1)).argsort(1)[:, : self.length - 1] + 1
        return np.concatenate([np.zeros((batch_size, 1), np.int64), np.sort(later, 1)], 1)

    def _gather(self, episode: Array, start: Array, ticks: Array | None, weights: Array | None) -> Clips:
        first = {kind: (offset[episode] + start)[:, None] for kind, offset in self._offsets.items()}
        frames = np.arange(self.length) if ticks is None else ticks
        # Actions are all those of the window; what a step brought is read where it led to a frame of the clip.
        rows = {"frame": first["frame"] + frames, "step": first["step"] + np.arange(self.span - 1)}
        arrivals = rows["step"] if ticks is None else first["step"] + ticks[:, 1:] - 1
        inside: Array | None = None
        if self._padded:
            left = (self.episodes.steps[episode] - start)[:, None]
            inside = frames <= left
            rows = {
                "frame": first["frame"] + np.minimum(frames, left),
                "step": np.minimum(rows["step"], first["step"] + left - 1),
            }
            arrivals = rows["step"]
        store, arrays = self.episodes, {}
        for column in self._columns:
            of_steps = rows["step"] if column.name.split(".")[0] == "actions" else arrivals
            index = rows["frame"] if column.kind == "frame" else of_steps
            arrays[column.name] = store.columns[column.name].take(index, axis=0)
            if inside is not None and column.name in ("rewards", "terminated", "truncated"):
                arrays[column.name][~inside[:, 1:]] = 0
        fields = episode_fields(store.schema, arrays)
        return Clips(
            **fields, episodes=episode, starts=start, times=ticks, weights=_weights(inside, weights, self.length)
        )


def rare_steps(episodes: Episodes, rows: Array) -> Array:
    """Which steps are rare, bool (step,): terminations, and rewards unlike the one that most steps bring.

    Where no single reward is brought by three quarters of the steps, as where it is a distance, none is rare.

    Args:
        episodes: A store or a subset of one.
        rows: The steps, as rows of the store's columns.
    """
    found = np.zeros(len(rows), bool)
    if "terminated" in episodes.columns:
        found |= episodes.columns["terminated"][rows]
    if "rewards" in episodes.columns and len(rows):
        rewards = episodes.columns["rewards"][rows]
        values, counts = np.unique(rewards, return_counts=True)
        if counts.max() >= 0.75 * len(rewards):
            found |= rewards != values[counts.argmax()]
    return found


def _ranges(lengths: Array) -> Array:
    """0, 1, ... for each of the lengths, one after the other."""
    begins: Array = np.cumsum(lengths) - lengths
    counted: Array = np.arange(int(lengths.sum())) - np.repeat(begins, lengths)
    return counted


def _weights(inside: Array | None, clips: Array | None, length: int) -> Array | None:
    if inside is None:
        return None if clips is None else np.repeat(clips[:, None], length, 1).astype(np.float32)
    return inside.astype(np.float32) * (1 if clips is None else clips[:, None].astype(np.float32))


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
