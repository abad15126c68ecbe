"""Videos side by side as animated PNG: lossless, sharp, and played by every browser without a player."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from worldmodels.errors import InputError
from worldmodels.whole import write_file

Video = NDArray[np.uint8]

SEEN, IMAGINED = (0x8A, 0x93, 0x9E), (0xF2, 0x8C, 0x28)
"""Frame colours: grey while the model is shown the video, orange from where it imagines."""

_PANEL = 144
_MOST_PANEL_PIXELS = 384
_HOLD = Fraction(4, 5)


@dataclass(frozen=True)
class VideoStrip:
    """Videos of equal length, shown at the same time from left to right.

    Attributes:
        title: One line above.
        videos: Label to uint8 frames (time, height, width, channel), of 1 or 3 channels.
        context: How many frames the model was shown before it went on alone.
        fps: Frames a second.
    """

    title: str
    videos: Mapping[str, Video]
    context: int = 0
    fps: float = 5.0

    def __post_init__(self) -> None:
        if not self.videos:
            raise InputError(f"the strip {self.title!r} has no video.")
        for label, video in self.videos.items():
            if video.dtype != np.uint8 or video.ndim != 4 or video.shape[-1] not in (1, 3) or not video.size:
                raise InputError(
                    f"video {label!r} is {video.dtype} {video.shape}; strips take uint8 (time, height, width, "
                    "1 or 3 channels)."
                )
        if len({len(video) for video in self.videos.values()}) > 1:
            lengths = ", ".join(f"{label} {len(video)}" for label, video in self.videos.items())
            raise InputError(f"videos of one strip are equally long; got {lengths} frames.")

    @property
    def length(self) -> int:
        """The number of frames."""
        return len(next(iter(self.videos.values())))


def strip_png(strip: VideoStrip) -> bytes:
    """The strip as one animated PNG that repeats forever; small frames are enlarged by a whole factor."""
    picture = _side_by_side(strip)
    buffer = io.BytesIO()
    options = {"plays": "0", "final_delay": f"{_HOLD.numerator}/{_HOLD.denominator}"}
    with av.open(buffer, "w", format="apng", options=options) as container:
        stream: Any = container.add_stream("apng", rate=Fraction(strip.fps).limit_denominator(1000))
        stream.height, stream.width, stream.pix_fmt = *picture.shape[1:3], "rgb24"
        for frame in picture:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), "rgb24")))
        container.mux(stream.encode())
    return buffer.getvalue()


def write_strip(strip: VideoStrip, path: str | Path) -> Path:
    """Write the strip to a `.png` file, whole or not at all.

    Raises:
        InputError: for another suffix.
    """
    path = Path(path)
    if path.suffix != ".png":
        raise InputError(f"strips are animated PNG; name the file *.png instead of {path.name!r}.")
    return write_file(path, strip_png(strip))


def _side_by_side(strip: VideoStrip) -> Video:
    """All videos, framed, from left to right: (time, height, width, 3)."""
    panels = [_panel(video, strip.context) for video in strip.videos.values()]
    height = max(panel.shape[1] for panel in panels)
    return np.concatenate([_centred(panel, height) for panel in panels], axis=2)


def _panel(video: Video, context: int) -> Video:
    """One video enlarged, with a border that tells what was seen from what was imagined."""
    side = max(video.shape[1:3])
    scale, step = max(1, round(_PANEL / side)), -(-side // _MOST_PANEL_PIXELS)
    big = video[:, ::step, ::step].repeat(scale, axis=1).repeat(scale, axis=2)
    rgb = np.broadcast_to(big, (*big.shape[:3], 3))
    time, height, width = rgb.shape[:3]
    panel = np.empty((time, height + 8, width + 8, 3), np.uint8)
    panel[:context], panel[context:] = SEEN, IMAGINED
    panel[:, 4:-4, 4:-4] = rgb
    return panel


def _centred(panel: Video, height: int) -> Video:
    above = (height - panel.shape[1]) // 2
    below = height - panel.shape[1] - above
    return np.pad(panel, ((0, 0), (above, below), (0, 0), (0, 0)))
