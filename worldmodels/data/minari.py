"""Minari data sets into a store and back; needs `pip install worldmodels-core[minari]`."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium import spaces

from worldmodels.data.episode import Array, Episode
from worldmodels.data.frames import resize
from worldmodels.data.store import Episodes, EpisodeStore
from worldmodels.data.writer import EpisodeWriter
from worldmodels.errors import DataError, InputError, UnknownNameError
from worldmodels.progress import Progress


def import_minari(
    dataset: Any,
    path: str | Path,
    *,
    fps: float = 10.0,
    frame: str | None = None,
    size: tuple[int, int] | None = None,
    signals: Sequence[str] = (),
    progress: bool = True,
) -> EpisodeStore:
    """Append the episodes of a Minari data set whose observations are images to a store.

    Args:
        dataset: The id of a data set on this machine, or a `minari.MinariDataset`.
        path: Folder of the store.
        fps: Frames a second to note in the store.
        frame: Which part of a Dict observation is the image.
        size: (height, width) to shrink or grow frames to.
        signals: Entries of the episodes' infos to keep.
        progress: Show a bar with the time left.

    Raises:
        DataError: where Minari or the data set is missing.
        InputError: where observations are not images.
        UnknownNameError: for a part of the observation or an info that is not there.
    """
    source = _load(dataset) if isinstance(dataset, str) else dataset
    provenance = {"minari": source.spec.dataset_id}
    with EpisodeWriter(path, action_space=source.action_space, fps=fps, provenance=provenance) as writer:
        total = source.total_episodes
        for episode in Progress(source.iterate_episodes(), "importing", total, unit="episode", show=progress):
            seed = next(iter(source.storage.get_episode_metadata([episode.id]))).get("seed")
            frames = _frames(episode.observations, frame, size)
            writer.add(
                Episode(
                    frames=frames,
                    actions=episode.actions,
                    rewards=np.asarray(episode.rewards),
                    terminated=np.asarray(episode.terminations, bool),
                    truncated=np.asarray(episode.truncations, bool),
                    signals={name: _entry(episode.infos or {}, name, "signal") for name in signals},
                    seed=None if seed is None else int(seed),
                )
            )
    return EpisodeStore(path)


def export_minari(episodes: Episodes, dataset_id: str, **metadata: Any) -> Any:
    """Write episodes as a new Minari data set, one after the other and without loss.

    Args:
        episodes: A store or a subset; it must have actions, rewards and both kinds of ends.
        dataset_id: Such as "maze/random-v0"; must not be taken.
        metadata: What else `minari.create_dataset_from_buffers` takes, such as `author`.

    Returns:
        The `minari.MinariDataset`.

    Raises:
        InputError: where a column that Minari needs is missing.
        DataError: where Minari is missing, or the id is taken.
    """
    columns = {column.name.split(".")[0] for column in episodes.schema.columns}
    missing = sorted({"actions", "rewards", "terminated", "truncated"} - columns)
    if missing or not len(episodes):
        raise InputError(f"Minari needs episodes with actions, rewards and ends; missing: {missing or 'episodes'}.")
    channels, height, width = episodes.spec.frame_shape
    image = spaces.Box(0, 255, (height, width, channels), np.uint8)
    try:
        return _minari().create_dataset_from_buffers(
            dataset_id,
            _buffers(episodes),
            observation_space=image,
            action_space=episodes.spec.action_space,
            jpeg_encoding=False,
            **metadata,
        )
    except ValueError as error:
        raise DataError(f"Minari refused the data set {dataset_id!r}: {error}") from error


def _minari() -> Any:
    try:
        return importlib.import_module("minari")
    except ImportError as error:
        raise DataError("Minari is not installed; run: pip install 'worldmodels-core[minari]'.") from error


def _load(dataset_id: str) -> Any:
    minari = _minari()
    known = minari.list_local_datasets()
    if dataset_id not in known:
        hint = f"Fetch it with: minari download {dataset_id}"
        raise UnknownNameError("Minari data set", dataset_id, known, hint)
    return minari.load_dataset(dataset_id)


def _frames(observations: Any, key: str | None, size: tuple[int, int] | None) -> Array:
    images = _entry(observations, key, "part of the observation") if key is not None else observations
    if not isinstance(images, np.ndarray) or images.dtype != np.uint8 or images.ndim not in (3, 4):
        found = f"{images.dtype} of shape {images.shape[1:]}" if isinstance(images, np.ndarray) else type(images)
        raise InputError(
            f"observations are {found}, not uint8 images; name their image with frame=, or record the "
            "environment with frame='render'."
        )
    images = images[..., None] if images.ndim == 3 else images
    return images if size is None else resize(images, size)


def _entry(entries: Any, name: str, kind: str) -> Array:
    if not isinstance(entries, dict) or name not in entries:
        raise UnknownNameError(kind, name, entries if isinstance(entries, dict) else ())
    return np.asarray(entries[name])


def _buffers(episodes: Episodes) -> Iterator[Any]:
    buffer = importlib.import_module("minari.data_collector").EpisodeBuffer
    for episode in episodes:
        yield buffer(
            seed=episode.seed,
            observations=episode.frames,
            actions=episode.actions,
            rewards=episode.rewards,
            terminations=episode.terminated,
            truncations=episode.truncated,
            infos=dict(episode.signals),
        )
