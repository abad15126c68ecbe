"""Imagined against real returns: does what the agent was promised in imagination come true?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from worldmodels.errors import InputError
from worldmodels.evaluation.intervals import Estimate, difference, mean_interval, success_interval
from worldmodels.evaluation.report.sections import Cell, Column, Table


@dataclass(frozen=True, eq=False)
class Results:
    """What an agent earned in one place, episode by episode.

    Attributes:
        returns: (episode,) undiscounted sums of rewards.
        successes: (episode,) whether the environment called it a success; `None` where it does not say.
        lengths: (episode,) steps; `None` where they were not counted.
        begun_solved: Episodes that began with success and are left out, for nobody could have failed there.
    """

    returns: ArrayLike
    successes: ArrayLike | None = None
    lengths: ArrayLike | None = None
    begun_solved: int = 0

    def __post_init__(self) -> None:
        for name in ("returns", "successes", "lengths"):
            value = getattr(self, name)
            if value is not None and np.shape(value) != np.shape(self.returns):
                raise InputError(
                    f"{np.shape(self.returns)} returns and {np.shape(value)} {name} are not of the same episodes."
                )
            object.__setattr__(self, name, None if value is None else np.asarray(value))

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
    """One agent, in the imagined environment and in the real one.

    Attributes:
        imagined: Its episodes in imagination; `None` for an agent that never was there.
        real: Its episodes in the real environment.
        facts: What else the table should say of it, such as the real steps that it needed.
    """

    imagined: Results | None
    real: Results
    facts: Mapping[str, Cell] = field(default_factory=dict)

    @property
    def gap(self) -> Estimate | None:
        """Imagined minus real mean return; above 0, imagination promises too much."""
        return None if self.imagined is None else difference(self.imagined.returns, self.real.returns)


def returns_table(agents: Mapping[str, ReturnGap], title: str = "Imagined and real return") -> Table:
    """A row for each agent: success rates where there are any, both returns, the gap, and its facts."""
    cells: dict[Column, list[Cell]] = {
        Column("real success", higher_is_better=True): [agent.real.success for agent in agents.values()],
        Column("real return", higher_is_better=True): [agent.real.mean for agent in agents.values()],
        Column("imagined success"): [agent.imagined.success if agent.imagined else None for agent in agents.values()],
        Column("imagined return"): [agent.imagined.mean if agent.imagined else None for agent in agents.values()],
        Column("gap"): [agent.gap for agent in agents.values()],
        Column("begun solved, left out"): [agent.real.begun_solved or None for agent in agents.values()],
    }
    names = dict.fromkeys(name for agent in agents.values() for name in agent.facts)
    cells |= {Column(name): [agent.facts.get(name) for agent in agents.values()] for name in names}
    shown = {column: values for column, values in cells.items() if any(value is not None for value in values)}
    rows = [list(row) for row in zip(agents, *shown.values(), strict=True)]
    note = "95% intervals over episodes; success within Wilson's. A gap above 0: imagination promises too much."
    return Table(title, [Column("agent"), *shown], rows, note=note)
