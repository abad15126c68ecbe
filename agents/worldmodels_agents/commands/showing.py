"""How the verbs show agents' episodes on the terminal."""

from __future__ import annotations

from collections.abc import Mapping

from worldmodels.cli.table import show
from worldmodels.evaluation.report import Table
from worldmodels.evaluation.returns import ReturnGap, returns_table

from worldmodels_agents.trial import Trial


def show_agents(trials: Mapping[str, Trial], seconds: Mapping[str, float]) -> None:
    """Print success and return of agents that were in the real environment only."""
    agents = {name: ReturnGap(None, trial.episodes, {"seconds": seconds[name]}) for name, trial in trials.items()}
    show_table(returns_table(agents, "Real episodes"))


def show_table(table: Table) -> None:
    """Print a report's table."""
    labels = [column.label for column in table.columns]
    show([dict(zip(labels, map(_text, row), strict=True)) for row in table.rows])


def _text(cell: object) -> str:
    if cell is None:
        return "-"
    return f"{cell:,.4g}" if isinstance(cell, float) else f"{cell:,}" if isinstance(cell, int) else str(cell)
