"""What the events are, and how pairs of videos are kept."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

KINDS = ("jump", "vanish", "colour", "wall")
"""A ball is suddenly elsewhere, is gone, has another colour, or has gone through a wall."""


class Pairs(NamedTuple):
    """Videos that are the same up to a moment, and of which the second does something impossible in it.

    Attributes:
        possible: uint8 (pairs, time, height, width, 3).
        impossible: Of the same shape.
        kinds: (pairs,) indices into `KINDS`.
        time: The frame, the same in all pairs, that the impossible event leads to.
    """

    possible: npt.NDArray[np.uint8]
    impossible: npt.NDArray[np.uint8]
    kinds: npt.NDArray[np.int8]
    time: int


def check_counts(pairs: int, length: int, time: int) -> None:
    """Raise ValueError unless there is a pair, and a frame before and at the event."""
    if pairs < 1 or not 1 <= time < length:
        raise ValueError(
            f"pairs is {pairs}, length {length}, time {time}: at least one pair, and 1 <= time < length, so that a "
            "frame comes before the event"
        )
