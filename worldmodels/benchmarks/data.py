"""How fast clips come off the disk, beside a bare gather of the same clips, and how the index grows."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium.spaces import Discrete

from worldmodels.benchmarks.timing import seconds_of
from worldmodels.data.clips import Clips, ClipSampler
from worldmodels.data.episode import Array, Episode
from worldmodels.data.store import EpisodeStore
from worldmodels.data.writer import EpisodeWriter

LENGTH, BATCH, SHAPE = 16, 64, (64, 64, 3)
TARGET = 0.7


def run(episodes: int = 200, steps: int = 99, rounds: int = 200) -> list[dict[str, Any]]:
    """Measure on a store of random frames in a temporary folder.

    The bare gather reads the same clips from the same file through `numpy.memmap` in three ways, and the
    fastest counts. Turns alternate, so that all meet the same neighbours, and each reads the clips in another
    order, so that none finds what it needs in the processor's caches because another has just read it.
    Medians are compared.

    Args:
        episodes: In the store.
        steps: Of each episode.
        rounds: Batches of 64 clips of 16 frames that each side reads.

    Returns:
        Rows of case, value, unit, baseline, ratio, target, met.
    """
    with tempfile.TemporaryDirectory() as folder:
        store = _write(Path(folder) / "store", episodes, steps)
        rows = [
            _speed("clips of frames", store, ["frames"], rounds),
            _speed("clips with actions, rewards and ends", store, None, rounds),
        ]
        return [*rows, _index_size(Path(folder), episodes)]


def _write(path: Path, episodes: int, steps: int, shape: tuple[int, int, int] = SHAPE) -> EpisodeStore:
    rng = np.random.default_rng(0)
    with EpisodeWriter(path, action_space=Discrete(4), sync=False) as writer:
        for _ in range(episodes):
            frames = rng.integers(0, 256, (steps + 1, *shape), dtype=np.uint8)
            ends = np.arange(steps) == steps - 1
            writer.add(Episode(frames, rng.integers(0, 4, steps), rng.random(steps), ends, ~ends))
    return EpisodeStore(path)


def _speed(case: str, store: EpisodeStore, columns: list[str] | None, rounds: int) -> dict[str, Any]:
    sampler = ClipSampler(store, LENGTH, columns)
    rows = len(store.columns["frames"])
    memory = np.memmap(store.folder / "frames.bin", np.uint8, "r", shape=(rows, *SHAPE))
    draws = [np.random.default_rng([1, k]) for k in range(rounds)]
    first = [_first_rows(store, sampler.sample(BATCH, rng)) for rng in draws]
    draws = [np.random.default_rng([1, k]) for k in range(rounds)]
    ours: list[float] = []
    bare: list[list[float]] = [[] for _ in _GATHERS]
    for k, rng in enumerate(draws):
        ours.append(seconds_of(partial(sampler.sample, BATCH, rng)))
        for i, (gather, times) in enumerate(zip(_GATHERS, bare, strict=True), start=1):
            times.append(seconds_of(partial(gather, memory, first[k - i * (rounds // 4)])))
    value = BATCH / float(np.median(ours))
    baseline = BATCH / min(float(np.median(times)) for times in bare)
    return _row(case, value, "clips/s", baseline, f"at least {TARGET}", value / baseline >= TARGET)


def _first_rows(store: EpisodeStore, clips: Clips) -> Array:
    return np.asarray(store.records["frame"][clips.episodes] + clips.starts)


def _gather_slices(memory: Array, first: Array) -> Array:
    clips = np.empty((len(first), LENGTH, *SHAPE), np.uint8)
    for i, row in enumerate(first.tolist()):
        clips[i] = memory[row : row + LENGTH]
    return clips


def _gather_fancy(memory: Array, first: Array) -> Array:
    return np.asarray(memory[first[:, None] + np.arange(LENGTH)])


def _gather_take(memory: Array, first: Array) -> Array:
    return np.asarray(memory.take(first[:, None] + np.arange(LENGTH), axis=0))


_GATHERS = (_gather_slices, _gather_fancy, _gather_take)


def _index_size(folder: Path, episodes: int) -> dict[str, Any]:
    """Bytes of the index with 50 times as many steps in the same number of episodes."""
    sizes = []
    for steps in (4, 200):
        _write(folder / str(steps), episodes, steps, (2, 2, 1))
        sizes.append(float((folder / str(steps) / "index.bin").stat().st_size))
    return _row("index, 200 steps against 4", sizes[1], "bytes", sizes[0], "1: no growth", sizes[0] == sizes[1])


def _row(case: str, value: float, unit: str, baseline: float, target: str, met: bool) -> dict[str, Any]:
    ratio = value / baseline
    return dict(case=case, value=value, unit=unit, baseline=baseline, ratio=ratio, target=target, met=met)
