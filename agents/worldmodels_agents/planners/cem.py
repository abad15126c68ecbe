"""The cross-entropy method (Rubinstein, 1999), for sequences of actions."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from worldmodels import Belief
from worldmodels.errors import InputError
from worldmodels_agents.planners.planner import Plan, Planner, best, elite_weights
from worldmodels_agents.planners.proposal import Proposal


class CEM(Planner):
    """Fits the proposal to the best plans, again and again, and acts on the best plan seen.

    Args:
        *arguments: As for `Planner`.
        iterations: Rounds of drawing and fitting, at least 1.
        elites: The best plans of a round that the proposal is fitted to, 1 to `samples`.
        rate: How far the proposal moves to them, 0 to 1.
        **options: As for `Planner`.
    """

    def __init__(
        self, *arguments: Any, iterations: int = 3, elites: int = 8, rate: float = 0.9, **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        if not (iterations >= 1 and 1 <= elites <= self.samples and 0 < rate <= 1):
            raise InputError(
                f"iterations {iterations} must be at least 1, elites {elites} between 1 and samples "
                f"{self.samples}, rate {rate} in (0, 1]."
            )
        self.iterations, self.elites, self.rate = iterations, elites, rate

    def _search(self, belief: Belief, proposal: Proposal) -> Plan:
        actions, score = proposal.mean(), None
        for _ in range(self.iterations):
            plans = torch.cat([proposal.sample(self.samples - 1, self.generator), actions.unsqueeze(1)], 1)
            scores = self.score(belief, plans)
            proposal = proposal.fit(plans, elite_weights(scores, self.elites), self.rate)
            actions, score = _better(actions, score, *best(plans, scores))
        assert score is not None
        return Plan(actions, score, proposal)


def _better(plan: Tensor, score: Tensor | None, new: Tensor, new_score: Tensor) -> tuple[Tensor, Tensor]:
    if score is None:
        return new, new_score
    wins = new_score > score
    return torch.where(wins[:, None, None], new, plan), torch.maximum(score, new_score)
