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


def check_scale(scale: int | None) -> int | None:
    """The side of the square that a pixel becomes; None for one that fits the frame.

    Raises:
        ValueError: It is no whole number from 1 to 64.
    """
    if scale is not None and (type(scale) is not int or not 1 <= scale <= 64):
        raise ValueError(f"render_scale is {scale!r:.80}, must be a whole number from 1 to 64")
    return scale
