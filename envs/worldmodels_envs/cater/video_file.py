"""Video files in and out: AVI with motion JPEG, as CATER's, through PyAV."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from worldmodels_envs.whole import draft

try:
    import av
except ImportError as error:
    raise ImportError("CATER's videos need PyAV: pip install 'worldmodels-envs[cater]'") from error

RATE = 24
QUALITY = 2  # JPEG quantiser, 1 (best) to 31


class DamagedVideoError(ValueError):
    """A video file cannot be read to its end."""


def write_video(path: Path, frames: Iterable[npt.NDArray[np.uint8]], height: int, width: int) -> None:
    """Write frames (height, width, 3) at 24 per second; the same frames give the same bytes."""
    with av.open(str(path), "w", format="avi", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("mjpeg", rate=RATE)
        stream.height, stream.width, stream.pix_fmt = height, width, "yuvj444p"
        stream.codec_context.thread_count = 1  # slices, and so the bytes, would depend on the number of cores
        stream.options = {"flags": "+qscale+bitexact", "global_quality": str(118 * QUALITY), "qmin": "1"}
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())


def read_video(path: Path, size: tuple[int, int] | None = None) -> npt.NDArray[np.uint8]:
    """Return all frames of a video uint8 (frames, height, width, 3).

    Args:
        path: The file.
        size: Height and width to resize to (area averaging); None keeps the file's.

    Raises:
        FileNotFoundError: There is no such file.
        DamagedVideoError: It is no video, or it breaks off.
    """
    if not path.is_file():
        raise FileNotFoundError(f"video {path} is missing: was the archive unpacked completely?")
    try:
        with av.open(str(path)) as container:
            frames = [_picture(frame, size) for frame in container.decode(video=0)]
    except (av.error.FFmpegError, IndexError) as error:
        raise DamagedVideoError(f"video {path} cannot be decoded ({error}): fetch or write it again") from error
    if not frames:
        raise DamagedVideoError(f"video {path} has no frames: fetch or write it again")
    return np.stack(frames)


def _picture(frame: Any, size: tuple[int, int] | None) -> npt.NDArray[np.uint8]:
    if size is None or size == (frame.height, frame.width):
        return np.asarray(frame.to_ndarray(format="rgb24"))
    resized = frame.reformat(width=size[1], height=size[0], format="rgb24", interpolation="AREA")
    return np.asarray(resized.to_ndarray())


def write_picture(path: Path, picture: npt.NDArray[np.uint8]) -> None:
    """Write one picture (height, width, 3) as PNG."""
    with draft(path) as ours, av.open(str(ours), "w", format="image2", options={"update": "1"}) as container:
        _encode(container, "png", 1, "rgb24", [av.VideoFrame.from_ndarray(picture, format="rgb24")])


def write_gif(path: Path, frames: npt.NDArray[np.uint8], rate: int = 8) -> None:
    """Write frames (frames, height, width, 3) as an animation in the 256 colours that suit them best."""
    graph = av.filter.Graph()
    height, width = frames.shape[1:3]
    source = graph.add_buffer(width=width, height=height, format="rgb24", time_base=Fraction(1, rate))
    split, palette = graph.add("split"), graph.add("palettegen")
    use, sink = graph.add("paletteuse", "dither=none:diff_mode=rectangle"), graph.add("buffersink")
    source.link_to(split)
    split.link_to(palette, 0)
    split.link_to(use, 1, 0)
    palette.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    for number, frame in enumerate(frames):
        picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
        picture.pts, picture.time_base = number, Fraction(1, rate)
        graph.push(picture)
    graph.push(None)
    with draft(path) as ours, av.open(str(ours), "w", format="gif") as container:
        _encode(container, "gif", rate, "pal8", [graph.pull() for _ in frames])


def _encode(container: Any, codec: str, rate: int, pixels: str, frames: list[av.VideoFrame]) -> None:
    stream = container.add_stream(codec, rate=rate)
    stream.height, stream.width, stream.pix_fmt = frames[0].height, frames[0].width, pixels
    for frame in frames:
        container.mux(stream.encode(frame))
    container.mux(stream.encode())
