"""What the environments of this package show in `render()`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def check_render_mode(mode: str | None, allowed: list[str]) -> None:
    """Raise ValueError unless the mode is None or allowed."""
    if mode is not None and mode not in allowed:
        raise ValueError(f"render_mode {mode!r} is not one of {allowed} or None")


def default_scale(frame_shape: tuple[int, int, int]) -> int:
    """Return how much to enlarge frames (height, width, channel) of that shape, to about 256 px."""
    return max(1, 256 // frame_shape[0])


def enlarge(frames: npt.NDArray[np.uint8], scale: int) -> npt.NDArray[np.uint8]:
    """Return frames (..., height, width, 1 or 3) as new RGB ones, each pixel a square of side `scale`."""
    grown = frames.repeat(scale, axis=-3).repeat(scale, axis=-2)
    return grown if grown.shape[-1] == 3 else grown.repeat(3, axis=-1)
