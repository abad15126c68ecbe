"""CATER videos, generated or real, in an episode store: frames, and the ground truth as signals."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from worldmodels.data import Episode, EpisodeStore, EpisodeWriter
from worldmodels.data.store import STORE_FILE, read_schema
from worldmodels.errors import DataError, InputError
from worldmodels.progress import Progress
from worldmodels_envs import cater

FRAMES_PER_SECOND = 24.0

Videos = Callable[[int], Iterable[Mapping[str, Any]]]


def generate_store(
    path: str | Path,
    videos: int,
    variant: str = "all_actions",
    *,
    size: tuple[int, int] = (64, 64),
    stride: int = 1,
    seed: int = 0,
    start: int = 0,
    masks: bool = True,
    processes: int = 1,
    progress: bool = True,
    **changes: Any,
) -> EpisodeStore:
    """Generate videos number start, start + 1, ... into a store; called again after a break, it goes on.

    The same seed and numbers give the same episodes, whatever the number of processes.

    Args:
        path: Folder of the store.
        videos: How many episodes it will have.
        variant: One of `worldmodels_envs.cater.VARIANTS`.
        size: (height, width) of a frame.
        stride: Keep every stride-th frame, the last one among them.
        seed: Which endless row of videos.
        start: Number of the first video.
        masks: Whether to keep the segmentation, which the tracker needs.
        processes: How many processes draw.
        progress: Show a bar with the time left.
        **changes: Fields of `worldmodels_envs.cater.CaterConfig`.

    Raises:
        DataError: where the folder holds something else.
        ValueError: for an unknown variant or field, or a value out of range.
    """
    config = cater.resolve_config(variant, size=size, **changes)
    recipe = {"config": dataclasses.asdict(config), "seed": seed, "start": start, "stride": stride, "masks": masks}

    def rest(done: int) -> Iterable[Mapping[str, Any]]:
        first = {"start": start + done, "stride": stride, "masks": masks, "processes": processes}
        episodes: Iterable[Mapping[str, Any]] = cater.episodes(config, videos - done, seed, **first)
        return episodes

    return _append(Path(path), rest, videos, {"cater": recipe}, _rate(stride), progress)


def import_cater(
    folder: str | Path,
    path: str | Path,
    split: str = "train",
    *,
    size: tuple[int, int] = (64, 64),
    stride: int = 1,
    videos: int | None = None,
    progress: bool = True,
) -> EpisodeStore:
    """Read a split of the real CATER, or of what was written in its format, into a store; it goes on after a break.

    Args:
        folder: The data set, with videos, scenes and lists.
        path: Folder of the store.
        split: Name of a list of the task "localize".
        size: (height, width) to shrink frames to.
        stride: Keep every stride-th frame, the last one among them.
        videos: How many of the list to take; `None` for all.
        progress: Show a bar with the time left.

    Raises:
        DataError: where the folder of the store holds something else.
        FileNotFoundError: where the data set is not complete.
        ValueError: where it is damaged.
    """
    source = cater.CaterFolder(folder, split, size=size, stride=stride)
    count = len(source) if videos is None else min(videos, len(source))
    recipe = {"folder": str(folder), "split": split, "size": list(size), "stride": stride}

    def rest(done: int) -> Iterable[Mapping[str, Any]]:
        return (source[index] for index in range(done, count))

    return _append(Path(path), rest, count, {"cater": recipe}, _rate(stride), progress)


def _rate(stride: int) -> float:
    if stride < 1:
        raise InputError(f"stride is {stride}; it must be at least 1.")
    return FRAMES_PER_SECOND / stride


def _append(
    path: Path, rest: Videos, count: int, provenance: Mapping[str, Any], fps: float, progress: bool
) -> EpisodeStore:
    _check_same(path, provenance)
    with EpisodeWriter(path, fps=fps, provenance=provenance, sync=False) as writer:
        if len(writer) < count:
            videos = rest(len(writer))
            bar = Progress(videos, str(path), count, done=len(writer), unit="video", show=progress)
            for video in bar:
                writer.add(Episode(video["frames"], signals=cater.signals(video)))
    return EpisodeStore(path)


def _check_same(path: Path, provenance: Mapping[str, Any]) -> None:
    if not (path / STORE_FILE).exists():
        return
    if read_schema(path).provenance != json.loads(json.dumps(provenance)):
        raise DataError(f"{path} holds other videos; give the settings that it was made with, or a new folder.")
