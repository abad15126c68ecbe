"""`EpisodeClock`: how old the episodes of many environments are, and when the next one is cut."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


class EpisodeClock:
    """An episode's age is the clock less its birth, so that a step counts without touching an array.

    Args:
        environments: How many.
        horizon: The age at which an episode is cut.

    Attributes:
        now: Steps taken; whoever takes one adds it.
        deadline: When the oldest episode reaches the horizon.
    """

    def __init__(self, environments: int, horizon: int) -> None:
        self.horizon = horizon
        self.now = 0
        self.set_ages(np.zeros(environments, np.int64))

    @property
    def ages(self) -> Array:
        """int64 (environment,), steps since each environment's reset."""
        ages: Array = self.now - self._births
        return ages

    def set_ages(self, ages: Array) -> None:
        """Go on with episodes of these ages (environment,)."""
        self._births = self.now - ages
        self.deadline = int(self._births.min()) + self.horizon

    def restart(self, rows: Array) -> None:
        """Begin the episodes in `rows`, bool (environment,), now."""
        self.set_ages(np.where(rows, 0, self.ages))

    def late(self) -> Array:
        """Which episodes have reached the horizon, bool (environment,)."""
        late: Array = self.ages >= self.horizon
        return late
