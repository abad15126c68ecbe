"""LeRobot v3 data sets into a store and back, by pyarrow and PyAV; needs `pip install worldmodels-core[lerobot]`.

A data set is a folder: `meta/info.json` says what there is, `meta/episodes/` where each episode lies, `data/` holds
tables with a row for each frame, `videos/` MP4 files with the frames of several episodes one after the other. A row's
action is what was done at its frame, so the last row's leads nowhere.
"""

from __future__ import annotations

import importlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from gymnasium import Space, spaces

from worldmodels.data.episode import Array, Episode
from worldmodels.data.frames import resize
from worldmodels.data.store import Episodes, EpisodeStore
from worldmodels.data.writer import EpisodeWriter
from worldmodels.errors import DataError, InputError, UnknownNameError
from worldmodels.progress import Progress
from worldmodels.spaces import space_from_json, space_to_json
from worldmodels.whole import write_folder

VERSION = "v3.0"
INFO, TASKS = "meta/info.json", "meta/tasks.parquet"
EPISODES = "meta/episodes/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
TABLE = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
VIDEO = "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"
CAMERA = "observation.image"
FIRST = {"chunk_index": 0, "file_index": 0}
OURS = "worldmodels"
"""What LeRobot has no word for: the action space and the names of signals."""


def export_lerobot(episodes: Episodes, path: str | Path, *, task: str = "", video: bool = False) -> Path:
    """Write episodes as a LeRobot v3 data set.

    Args:
        episodes: A store or a subset; actions, where there are any, are Discrete or a Box.
        path: A folder that is not there yet.
        task: What is done, in words.
        video: Whether frames become an MP4, small and lossy; else they are PNGs in the table, without loss.

    Returns:
        The folder.

    Raises:
        InputError: for other actions, or no episode.
        DataError: where the folder is there already, or pyarrow is missing.
        OutputError: where the disk refuses; nothing stays there.
    """
    _pyarrow()
    space, folder = episodes.spec.action_space, Path(path)
    if not isinstance(space, spaces.Discrete | spaces.Box | None) or not len(episodes):
        raise InputError(f"LeRobot data sets have episodes of numbers as actions; {space} is neither Discrete nor Box.")
    if folder.exists():
        raise DataError(f"{folder} is there already; name a new folder.")
    return write_folder(folder, lambda draft: _fill(draft, episodes, space, task, video))


def _fill(folder: Path, episodes: Episodes, space: Space[Any] | None, task: str, video: bool) -> None:
    """Write the files of a data set into an empty folder."""
    arrow, parquet = _pyarrow()
    rows, index, start = list[dict[str, Any]](), list[dict[str, Any]](), 0
    for number, episode in enumerate(episodes):
        rows += _rows(episode, number, start, space, episodes.spec.fps, not video)
        index.append(_entry(number, start, len(episode.frames), task, episodes.spec.fps, video))
        start += len(episode.frames)
    features = _features(episodes, video)
    for place, table in ((TABLE, rows), (EPISODES, index), (TASKS, [{"task_index": 0, "task": task}])):
        file = folder / place.format(**FIRST)
        file.parent.mkdir(parents=True, exist_ok=True)
        parquet.write_table(arrow.Table.from_pylist(table), file)
    if video:
        _write_video(folder / VIDEO.format(video_key=CAMERA, **FIRST), episodes)
    info = {
        "codebase_version": VERSION,
        "robot_type": None,
        "total_episodes": len(index),
        "total_frames": start,
        "total_tasks": 1,
        "chunks_size": 1000,
        "data_files_size_in_mb": 100,
        "video_files_size_in_mb": 200,
        "fps": _whole(episodes.spec.fps),
        "splits": {"train": f"0:{len(index)}"},
        "data_path": TABLE,
        "video_path": VIDEO if video else None,
        "features": features,
        OURS: {"action_space": space_to_json(space), "signals": sorted(episodes[0].signals)},
    }
    (folder / INFO).write_text(json.dumps(info, indent=4) + "\n", encoding="utf-8")


def import_lerobot(
    source: str | Path,
    path: str | Path,
    *,
    camera: str | None = None,
    size: tuple[int, int] | None = None,
    signals: Sequence[str] = (),
    progress: bool = True,
) -> EpisodeStore:
    """Append the episodes of a LeRobot v3 data set to a store.

    Args:
        source: The data set's folder.
        path: Folder of the store.
        camera: Which feature holds the frames, such as "observation.images.top"; may be left out where there is one.
        size: (height, width) to which frames are brought.
        signals: Other features to keep for every frame, such as "observation.state".
        progress: Show a bar with the time left.

    Raises:
        DataError: where it is no LeRobot v3 data set, or damaged, or pyarrow is missing.
        UnknownNameError: for a feature that is not there.
        InputError: where several cameras are there and none is named.
    """
    folder = Path(source)
    info = _info(folder)
    features = info["features"]
    camera = _camera(features, camera)
    ours = info.get(OURS) or {}
    signals = tuple(signals) or tuple(ours.get("signals", ()))
    for name in signals:
        if name not in features:
            raise UnknownNameError("feature", name, features)
    space = space_from_json(ours["action_space"]) if "action_space" in ours else _space(features)
    settings: dict[str, Any] = {
        "action_space": space,
        "fps": float(info["fps"]),
        "provenance": {"lerobot": str(folder)},
    }
    try:
        with EpisodeWriter(path, **settings) as writer:
            found = _episodes(folder, info)
            for entry in Progress(found, "importing", len(found), unit="episode", show=progress):
                frames, rows = _frames(folder, info, camera, entry), _table(folder, info, entry)
                images = frames if frames is not None else np.stack([_decoded(row[camera]) for row in rows])
                images = images if size is None else resize(images, size)
                writer.add(_episode(images, rows, space, signals))
    except (KeyError, TypeError, OSError, av.error.FFmpegError) as error:
        raise DataError(f"{folder} is damaged or no LeRobot {VERSION} data set: {error!r}.") from error
    return EpisodeStore(path)


def _rows(
    episode: Episode, number: int, start: int, space: Space[Any] | None, fps: float, pictures: bool
) -> Iterator[dict[str, Any]]:
    last = episode.steps
    for t, frame in enumerate(episode.frames):
        row: dict[str, Any] = {CAMERA: {"bytes": _encoded(frame), "path": None}} if pictures else {}
        if space is not None:
            action = episode.actions[t] if t < last else np.zeros_like(episode.actions[0])
            row["action"] = np.atleast_1d(action).ravel().tolist()
        if episode.rewards is not None:
            row["next.reward"] = float(episode.rewards[t]) if t < last else 0.0
        if episode.terminated is not None:
            row["next.done"] = t >= last - 1
            row["next.success"] = bool(episode.terminated[min(t, last - 1)])
        row |= {name: np.asarray(values[t]).tolist() for name, values in episode.signals.items()}
        numbers = {"frame_index": t, "episode_index": number, "index": start + t, "task_index": 0}
        yield row | {"timestamp": t / fps} | numbers


def _entry(number: int, start: int, length: int, task: str, fps: float, video: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {"episode_index": number, "tasks": [task], "length": length}
    entry |= {"data/chunk_index": 0, "data/file_index": 0, "dataset_from_index": start}
    entry |= {"dataset_to_index": start + length, "meta/episodes/chunk_index": 0, "meta/episodes/file_index": 0}
    if video:
        where = {
            "chunk_index": 0,
            "file_index": 0,
            "from_timestamp": start / fps,
            "to_timestamp": (start + length) / fps,
        }
        entry |= {f"videos/{CAMERA}/{name}": value for name, value in where.items()}
    return entry


def _features(episodes: Episodes, video: bool) -> dict[str, Any]:
    (channels, height, width), space, some = episodes.spec.frame_shape, episodes.spec.action_space, episodes[0]
    image = {"dtype": "video" if video else "image", "shape": [height, width, channels]}
    features: dict[str, Any] = {CAMERA: image | {"names": ["height", "width", "channels"]}}
    if space is not None:
        features["action"] = _feature(np.zeros(max(1, int(np.prod(space.shape or ()))), space.dtype))
    given = {"next.reward": some.rewards, "next.done": some.terminated, "next.success": some.terminated}
    features |= {name: _feature(np.asarray(values)[:1]) for name, values in given.items() if values is not None}
    features |= {name: _feature(np.atleast_1d(values[0])) for name, values in some.signals.items()}
    counts = {name: _feature(np.zeros(1, np.int64)) for name in ("frame_index", "episode_index", "index", "task_index")}
    return features | {"timestamp": _feature(np.zeros(1, np.float32))} | counts


def _feature(value: Array) -> dict[str, Any]:
    return {"dtype": str(value.dtype), "shape": list(value.shape), "names": None}


def _info(folder: Path) -> dict[str, Any]:
    try:
        info = json.loads((folder / INFO).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{folder} is no LeRobot data set: {INFO} cannot be read ({error}).") from error
    version = info.get("codebase_version") if isinstance(info, dict) else None
    if not str(version).startswith("v3") or not isinstance(info.get("features"), dict):
        raise DataError(f"{folder} has codebase_version {version!r}; {VERSION} is read (lerobot converts older ones).")
    return dict(info)


def _camera(features: Mapping[str, Any], asked: str | None) -> str:
    cameras = [name for name, feature in features.items() if feature.get("dtype") in ("video", "image")]
    if asked is None and len(cameras) == 1:
        return cameras[0]
    if asked is None and cameras:
        raise InputError(f"which camera? Give camera=, one of {', '.join(cameras)}.")
    if asked not in cameras:
        raise UnknownNameError("camera", str(asked), cameras)
    return asked


def _space(features: Mapping[str, Any]) -> Space[Any] | None:
    """What LeRobot says of actions is a shape alone."""
    if "action" not in features:
        return None
    return spaces.Box(-np.inf, np.inf, tuple(features["action"]["shape"]), np.float32)


def _episodes(folder: Path, info: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The index, in the order of the episodes; statistics are left where they are."""
    _, parquet = _pyarrow()
    entries = []
    for file in sorted((folder / "meta" / "episodes").glob("*/*.parquet")):
        names = [name for name in parquet.read_schema(file).names if not name.startswith("stats/")]
        entries += parquet.read_table(file, columns=names).to_pylist()
    if len(entries) != info["total_episodes"]:
        raise DataError(f"{folder} says {info['total_episodes']} episodes, and its index has {len(entries)}.")
    return sorted(entries, key=lambda entry: int(entry["episode_index"]))


def _table(folder: Path, info: Mapping[str, Any], entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    _, parquet = _pyarrow()
    where = {"chunk_index": entry["data/chunk_index"], "file_index": entry["data/file_index"]}
    chosen = [("episode_index", "==", entry["episode_index"])]
    table = parquet.read_table(folder / info["data_path"].format(**where), filters=chosen)
    rows: list[dict[str, Any]] = sorted(table.to_pylist(), key=lambda row: int(row["frame_index"]))
    if len(rows) != entry["length"]:
        raise DataError(f"episode {entry['episode_index']} of {folder} has {len(rows)} rows, not {entry['length']}.")
    return rows


def _frames(folder: Path, info: Mapping[str, Any], camera: str, entry: Mapping[str, Any]) -> Array | None:
    """An episode's part of its video; `None` where pictures are in the table."""
    if info["features"][camera]["dtype"] != "video":
        return None
    where = {name: entry[f"videos/{camera}/{name}"] for name in ("chunk_index", "file_index", "from_timestamp")}
    begin, half, frames = where.pop("from_timestamp"), 0.5 / info["fps"], list[Array]()
    with av.open(str(folder / info["video_path"].format(video_key=camera, **where))) as container:
        stream = container.streams.video[0]
        container.seek(int(begin / stream.time_base), stream=stream)  # to the key frame before
        for frame in container.decode(stream):
            if frame.time is not None and frame.time >= begin - half:
                frames.append(frame.to_ndarray(format="rgb24"))
            if len(frames) == entry["length"]:
                return np.stack(frames)
    raise DataError(f"the video of episode {entry['episode_index']} of {folder} ends after {len(frames)} frames.")


def _episode(frames: Array, rows: list[dict[str, Any]], space: Space[Any] | None, signals: Sequence[str]) -> Episode:
    steps = rows[:-1]
    actions = None
    if space is not None:
        actions = np.array([row["action"] for row in steps], space.dtype).reshape(len(steps), *(space.shape or ()))
    won = np.array([bool(row.get("next.success", False)) for row in steps])
    done = np.arange(len(steps)) == len(steps) - 1
    return Episode(
        frames=frames,
        actions=actions,
        rewards=np.array([_number(row["next.reward"]) for row in steps]) if "next.reward" in rows[0] else None,
        terminated=won & done if "next.done" in rows[0] else None,
        truncated=done & ~won if "next.done" in rows[0] else None,
        signals={name: np.array([row[name] for row in rows]) for name in signals},
    )


def _number(value: Any) -> float:
    """Features of shape (1,) are stored as numbers or as lists of one."""
    return float(np.asarray(value).reshape(()))


def _write_video(file: Path, episodes: Episodes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    _, height, width = episodes.spec.frame_shape
    with av.open(str(file), "w") as container:
        rate = Fraction(episodes.spec.fps).limit_denominator(1000)
        stream = container.add_stream("libx264", rate=rate, options={"crf": "12", "g": "2"})
        stream.height, stream.width, stream.pix_fmt = height + height % 2, width + width % 2, "yuv420p"
        for episode in episodes:
            for frame in episode.frames:
                colour = np.broadcast_to(frame, (height, width, 3))
                even = np.pad(colour, ((0, height % 2), (0, width % 2), (0, 0)), "edge")
                container.mux(stream.encode(av.VideoFrame.from_ndarray(even, format="rgb24")))
        container.mux(stream.encode())


def _encoded(frame: Array) -> bytes:
    import cv2

    bgr = frame[..., ::-1] if frame.shape[-1] == 3 else frame
    return bytes(cv2.imencode(".png", bgr)[1].tobytes())


def _decoded(cell: Mapping[str, Any]) -> Array:
    with av.open(io.BytesIO(cell["bytes"])) as container:
        frame = next(container.decode(video=0))
        grey = frame.format.name.startswith("gray")
        pixels: Array = frame.to_ndarray(format="gray" if grey else "rgb24")
    return pixels[..., None] if grey else pixels


def _whole(fps: float) -> float:
    return int(fps) if float(fps).is_integer() else fps


def _pyarrow() -> tuple[Any, Any]:
    try:
        return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise DataError("pyarrow is not installed; run: pip install 'worldmodels-core[lerobot]'.") from error
