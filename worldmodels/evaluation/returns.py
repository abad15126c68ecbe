"""Imagined against real returns: does what the agent was promised in imagination come true?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from worldmodels.errors import InputError
from worldmodels.evaluation.intervals import Estimate, difference, mean_interval, success_interval
from worldmodels.evaluation.report.sections import Cell, Column, Table


@dataclass(frozen=True)
class Episodes:
    """What an agent earned in one place.

    Attributes:
        returns: (episodes,) undiscounted sums of rewards.
        successes: (episodes,) whether the goal was reached; `None` where there is no such thing.
    """

    returns: ArrayLike
    successes: ArrayLike | None = None

    def __post_init__(self) -> None:
        if self.successes is not None and np.shape(self.successes) != np.shape(self.returns):
            raise InputError(
                f"{np.shape(self.returns)} returns and {np.shape(self.successes)} successes are not of the "
                "same episodes."
            )

    @property
    def mean(self) -> Estimate:
        """The mean return with its interval."""
        return mean_interval(self.returns)

    @property
    def success(self) -> Estimate | None:
        """The success rate within Wilson's interval; `None` where successes are not known."""
        if self.successes is None:
            return None
        reached = np.asarray(self.successes, dtype=bool)
        return success_interval(int(reached.sum()), len(reached))


@dataclass(frozen=True)
class ReturnGap:
    """One agent, in the imagined environment and in the real one."""

    imagined: Episodes
    real: Episodes

    @property
    def gap(self) -> Estimate:
        """Imagined minus real mean return; above 0, imagination promises too much."""
        return difference(self.imagined.returns, self.real.returns)


def returns_table(agents: Mapping[str, ReturnGap], title: str = "Imagined and real return") -> Table:
    """A row for each agent: both returns, the gap, and the success rates where there are any."""
    columns = [
        Column("agent"),
        Column("imagined return"),
        Column("real return", higher_is_better=True),
        Column("gap"),
        Column("imagined success"),
        Column("real success", higher_is_better=True),
    ]
    rows = [_row(name, agent) for name, agent in agents.items()]
    if all(row[-1] is row[-2] is None for row in rows):
        columns, rows = columns[:-2], [row[:-2] for row in rows]
    note = "95% intervals over episodes; success within Wilson's. A gap above 0: imagination promises too much."
    return Table(title, columns, rows, note=note)


def _row(name: str, agent: ReturnGap) -> list[Cell]:
    returns: list[Cell] = [name, agent.imagined.mean, agent.real.mean, agent.gap]
    return [*returns, agent.imagined.success, agent.real.success]
