"""`Piecewise`: a schedule as data, points joined by straight lines."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import pairwise

from worldmodels.errors import InputError


class Piecewise:
    """Values over the share of the training that is done; flat before the first point and after the last.

    Two points at the same share make a jump. Models use it in `losses` too, such as for the weight of a KL term:
    `Piecewise([(0, 0), (0.2, 1)])(progress)`.

    Args:
        points: (share of the training, value), in order of the share.

    Raises:
        InputError: for no points, or points out of order.
    """

    def __init__(self, points: Iterable[tuple[float, float]]) -> None:
        self.points = tuple((float(share), float(value)) for share, value in points)
        ordered = all(a[0] <= b[0] for a, b in pairwise(self.points))
        if not self.points or not ordered:
            raise InputError(
                f"schedule {self.points!r} is not a list of (share of the training, value) in order of the share."
            )
        self._shares = [share for share, _ in self.points]

    def __call__(self, progress: float) -> float:
        """The value at a share of the training, 0 to 1."""
        after = bisect_right(self._shares, progress)
        if after in (0, len(self.points)):
            return self.points[min(after, len(self.points) - 1)][1]
        (left, low), (right, high) = self.points[after - 1 : after + 1]
        return low + (high - low) * (progress - left) / (right - left)
