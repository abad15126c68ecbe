"""Digits on black, all frames at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from worldmodels_envs.moving_digits.dynamics import Floats

Bytes = npt.NDArray[np.uint8]


def draw_frames(pictures: Bytes, which: npt.NDArray[np.intp], corners: Floats, size: int) -> Bytes:
    """Draw digits at rounded corners; where they overlap their brightness adds up to 255 at most.

    Args:
        pictures: Digits to choose from (count, side, side).
        which: The digits of each frame (frames, digits), indices of `pictures`.
        corners: Where their upper left corners are (frames, digits, 2) in px as (x, y).
        size: Height and width of a frame, px.

    Returns:
        (frames, size, size).
    """
    frames = np.zeros((len(which), size, size), dtype=np.uint8)
    side = pictures.shape[-1]
    # Where a digit can lie, as views (frames, y, x, side, side): one assignment puts it into every frame.
    places = np.lib.stride_tricks.sliding_window_view(frames, (side, side), axis=(1, 2), writeable=True)
    rows, rounded = np.arange(len(which)), np.rint(corners).astype(np.intp)
    for number in range(which.shape[1]):
        place = rows, rounded[:, number, 1], rounded[:, number, 0]
        before = places[place]
        places[place] = before + np.minimum(pictures[which[:, number]], 255 - before)
    return frames
