"""How the verbs show agents' episodes on the terminal."""

from __future__ import annotations

from collections.abc import Mapping

from worldmodels.cli.table import show_table
from worldmodels.evaluation.returns import ReturnGap, returns_table
from worldmodels_agents.trial import Trial


def show_agents(trials: Mapping[str, Trial], seconds: Mapping[str, float]) -> None:
    """Print success and return of agents that were in the real environment only."""
    agents = {name: ReturnGap(None, trial.episodes, {"seconds": seconds[name]}) for name, trial in trials.items()}
    show_table(returns_table(agents, "Real episodes"))
