"""`History`: what a visitor has played, in branches; going back is choosing an earlier belief."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from worldmodels.errors import InputError
from worldmodels.inputs import check_choice
from worldmodels.play.reality import RealStep
from worldmodels.rollout import Belief

Array = np.ndarray[Any, Any]
POINTS, BRANCHES = 2000, 8
"""The most that one visitor may keep: a belief of a large model has a megabyte."""


@dataclass(frozen=True, eq=False)
class Point:
    """One moment of what was played.

    Attributes:
        belief: The model's, of batch size (1,); it is a value, so that any point can be gone on from.
        frames: What it renders: for each level uint8 (time, height, width, channel).
        actions: The Gymnasium action that led here, if one did; an edit of the belief has none.
        vector: That action as the model takes it.
        real: What the real environment did then.
        readings: Numbers by name, such as what heads predict.
    """

    belief: Belief
    frames: tuple[Array, ...]
    actions: tuple[Any, ...] = ()
    vector: Any = None
    real: RealStep | None = None
    readings: Mapping[str, float] = field(default_factory=dict)


class History:
    """Branches of points, and where the visitor is.

    Args:
        first: The start.

    Attributes:
        branches: Each a list of points from the start on; branches share the points before they part.
        branch: Which one is played.
        at: Which of its points.
    """

    def __init__(self, first: Point) -> None:
        self.branches: list[list[Point]] = [[first]]
        self.branch, self.at = 0, 0

    @property
    def here(self) -> Point:
        """The point at which the visitor is."""
        return self.branches[self.branch][self.at]

    @property
    def past(self) -> list[Point]:
        """All points up to here."""
        return self.branches[self.branch][: self.at + 1]

    def add(self, point: Point) -> None:
        """Go on from here; what came later in this branch is forgotten.

        Raises:
            InputError: where there is no room.
        """
        if sum(map(len, self.branches)) >= POINTS:
            raise InputError(f"{POINTS} moments are kept; rewind or restart to go on.")
        self.branches[self.branch][self.at + 1 :] = [point]
        self.at += 1

    def replace(self, point: Point) -> None:
        """Put another point in the place of this one, as the next part of one gesture does."""
        self.branches[self.branch][self.at :] = [point]

    def rewind(self, to: int) -> None:
        """Go to another point of this branch.

        Raises:
            InputError: where there is none.
        """
        check_choice("moment", to, len(self.branches[self.branch]))
        self.at = to

    def fork(self) -> None:
        """Begin a branch here, and go on in it.

        Raises:
            InputError: where there is no room.
        """
        if len(self.branches) >= BRANCHES:
            raise InputError(f"{BRANCHES} branches are kept; restart for new ones.")
        self.branches.append(self.past)
        self.branch = len(self.branches) - 1

    def switch(self, branch: int) -> None:
        """Go to the end of another branch.

        Raises:
            InputError: where there is none.
        """
        check_choice("branch", branch, len(self.branches))
        self.branch, self.at = branch, len(self.branches[branch]) - 1
