"""Video files in and out: AVI with motion JPEG, as CATER's, through PyAV."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

try:
    import av
except ImportError as error:
    raise ImportError("CATER's videos need PyAV: pip install 'worldmodels-envs[cater]'") from error

RATE = 24
QUALITY = 2  # JPEG quantiser, 1 (best) to 31


class DamagedVideoError(ValueError):
    """A video file cannot be read to its end."""


def write_movie(path: Path, frames: Iterable[npt.NDArray[np.uint8]], height: int, width: int) -> None:
    """Write frames (height, width, 3) at 24 per second; the same frames give the same bytes."""
    with av.open(str(path), "w", format="avi", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("mjpeg", rate=RATE)
        stream.height, stream.width, stream.pix_fmt = height, width, "yuvj444p"
        stream.options = {"flags": "+qscale+bitexact", "global_quality": str(118 * QUALITY), "qmin": "1"}
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())


def read_movie(path: Path, size: tuple[int, int] | None = None) -> npt.NDArray[np.uint8]:
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
