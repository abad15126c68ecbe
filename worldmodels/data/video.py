"""Videos: folders of them into a store, episodes and imagined videos out as MP4 or GIF."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from worldmodels.data.episode import Array, Episode
from worldmodels.data.frames import resize
from worldmodels.data.store import EpisodeStore
from worldmodels.data.writer import EpisodeWriter
from worldmodels.errors import DataError, InputError
from worldmodels.progress import Progress
from worldmodels.regular import check_regular
from worldmodels.whole import draft

VIDEOS = (".mp4", ".gif", ".avi", ".mov", ".mkv", ".webm")
STILLS = (".png", ".jpg", ".jpeg", ".bmp")
_LARGE = 256


def import_videos(
    folder: str | Path,
    path: str | Path,
    *,
    fps: float,
    size: tuple[int, int] | None = None,
    progress: bool = True,
) -> EpisodeStore:
    """Append each video, and each folder of stills, of a folder to a store as an episode without actions.

    Args:
        folder: Its videos and sub-folders of stills, in the order of their names, then its own stills.
        path: Folder of the store.
        fps: Frames a second to note in the store; frames are neither dropped nor repeated.
        size: (height, width) to shrink or grow frames to; needed where videos differ in size.
        progress: Show a bar with the time left.

    Raises:
        DataError: where there is no video, or one cannot be read.
        InputError: where videos differ in size.
    """
    sources = _sources(Path(folder))
    with EpisodeWriter(path, fps=fps, provenance={"videos": str(folder)}) as writer:
        for source in Progress(sources, "importing", unit="video", show=progress):
            try:
                writer.add(Episode(read_video(source, size)))
            except InputError as error:
                raise InputError(f"{source}: {error} Give size=(height, width).") from error
    return EpisodeStore(path)


def read_video(path: str | Path, size: tuple[int, int] | None = None) -> Array:
    """All frames of a video, or of a folder of stills, as uint8 (time, height, width, 3).

    Raises:
        DataError: where it is missing or cannot be read.
    """
    source = Path(path)
    stills = [p for p in sorted(source.iterdir()) if p.suffix.lower() in STILLS] if source.is_dir() else [source]
    frames = [frame if size is None else resize(frame, size) for p in stills for frame in _decode(p)]
    if not frames:
        raise DataError(f"{source} holds no picture; allowed: {', '.join(VIDEOS + STILLS)}.")
    if len({frame.shape for frame in frames}) > 1:
        raise DataError(f"the pictures of {source} differ in size; give size=(height, width).")
    return np.stack(frames)


def write_video(path: str | Path, frames: Array, fps: float, scale: int | None = None) -> Path:
    """Write an MP4 (H.264, which browsers play) or a GIF, by the suffix of the path.

    Args:
        path: Ends in .mp4 or .gif; its folder is made when it is missing.
        frames: uint8 (time, height, width, channel) with 1 or 3 channels.
        fps: Frames a second.
        scale: Each pixel becomes a square of so many, so that tiny frames stay crisp; by default as many as
            bring the longer side to about 256. Odd sizes gain a black row or column in an MP4.

    Returns:
        The path.

    Raises:
        InputError: for another suffix, dtype or shape.
        OutputError: where the file cannot be written; what was there stays.
    """
    path = Path(path)
    if path.suffix.lower() not in _ENCODERS:
        raise InputError(f"{path.name} is neither .mp4 nor .gif; rename it.")
    if not isinstance(frames, np.ndarray) or frames.dtype != np.uint8 or frames.ndim != 4 or not len(frames):
        raise InputError("a video needs at least one frame, as uint8 (time, height, width, channel).")
    if frames.shape[-1] not in (1, 3) or not 0 < fps < float("inf"):
        raise InputError(f"a video needs 1 or 3 channels and fps above 0, not {frames.shape[-1]} and {fps}.")
    large = _enlarge(frames, scale or max(1, _LARGE // max(frames.shape[1:3])))
    suffix = path.suffix.lower()
    with draft(path) as ours, av.open(str(ours), "w", format=suffix[1:]) as container:
        _ENCODERS[suffix](container, large, Fraction(fps).limit_denominator(1000))
    return path


def _sources(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder.")
    videos = [p for p in folder.iterdir() if p.is_dir() or p.suffix.lower() in VIDEOS]
    stills = [p for p in folder.iterdir() if p.suffix.lower() in STILLS]
    sources = sorted(videos) + ([folder] if stills else [])
    if not sources:
        raise DataError(f"{folder} holds no video or folder of stills; allowed: {', '.join(VIDEOS + STILLS)}.")
    return sources


def _decode(path: Path) -> Iterator[Array]:
    try:
        with av.open(str(check_regular(path)), metadata_errors="replace") as container:
            for frame in container.decode(video=0):
                yield frame.to_ndarray(format="rgb24")
    except (OSError, IndexError, av.error.FFmpegError) as error:
        raise DataError(f"{path} cannot be read as a video or picture ({error}).") from error


def _enlarge(frames: Array, scale: int) -> Array:
    colour = np.broadcast_to(frames, (*frames.shape[:3], 3))
    return colour.repeat(scale, axis=1).repeat(scale, axis=2)


def _encode_mp4(container: Any, frames: Array, rate: Fraction) -> None:
    height, width = frames.shape[1:3]
    even = np.pad(frames, ((0, 0), (0, height % 2), (0, width % 2), (0, 0)))
    stream = container.add_stream("libx264", rate=rate, options={"crf": "16"})
    stream.height, stream.width, stream.pix_fmt = *even.shape[1:3], "yuv420p"
    for frame in even:
        container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
    container.mux(stream.encode())


def _encode_gif(container: Any, frames: Array, rate: Fraction) -> None:
    """One palette for the whole video, so that colours do not flicker."""
    height, width = frames.shape[1:3]
    stream = container.add_stream("gif", rate=rate)
    stream.height, stream.width, stream.pix_fmt = height, width, "pal8"
    graph = av.filter.Graph()
    source = graph.add_buffer(width=width, height=height, format="rgb24", time_base=1 / rate)
    split, palette = graph.add("split"), graph.add("palettegen")
    use, sink = graph.add("paletteuse", "dither=none"), graph.add("buffersink")
    source.link_to(split)
    split.link_to(use, 0, 0)
    split.link_to(palette, 1, 0)
    palette.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    for i, frame in enumerate(frames):
        picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
        picture.pts, picture.time_base = i, 1 / rate
        source.push(picture)
    source.push(None)
    for _ in frames:
        container.mux(stream.encode(sink.pull()))
    container.mux(stream.encode())


_ENCODERS: dict[str, Callable[[Any, Array, Fraction], None]] = {".mp4": _encode_mp4, ".gif": _encode_gif}
