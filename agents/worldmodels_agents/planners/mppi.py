"""Model predictive path integral control (Williams et al., 2017, arXiv 1707.02342)."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from worldmodels import Belief
from worldmodels.errors import InputError
from worldmodels_agents.planners.planner import Plan, Planner
from worldmodels_agents.planners.proposal import GaussianPlans, Proposal


class MPPI(Planner):
    """Weighs every plan by the exponential of its score and acts on the weighted mean.

    Args:
        *arguments: As for `Planner`.
        iterations: Rounds of drawing and weighing, at least 1.
        softness: The temperature of the weights, in standard deviations of a round's scores, above 0.
        **options: As for `Planner`.
    """

    def __init__(self, *arguments: Any, iterations: int = 3, softness: float = 0.3, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if not (iterations >= 1 and softness > 0):
            raise InputError(f"iterations {iterations} must be at least 1 and softness {softness} above 0.")
        self.iterations, self.softness = iterations, softness

    def _search(self, belief: Belief, proposal: Proposal) -> Plan:
        for _ in range(self.iterations):
            plans = proposal.sample(self.samples, self.generator)
            weights = self._weights(self.score(belief, plans))
            proposal = _keep_width(proposal, proposal.fit(plans, weights, 1.0))
        actions = proposal.mean()
        return Plan(actions, self.score(belief, actions.unsqueeze(1))[:, 0], proposal)

    def _weights(self, scores: Tensor) -> Tensor:
        """Softmax weights; the scale of the scores does not matter."""
        spread = scores.std(1, keepdim=True, correction=0).clamp_min(1e-8)
        return ((scores - scores.amax(1, keepdim=True)) / (self.softness * spread)).softmax(1)


def _keep_width(before: Proposal, after: Proposal) -> Proposal:
    """Numbers keep their standard deviation, as the method has it; only the centre moves."""
    if isinstance(before, GaussianPlans) and isinstance(after, GaussianPlans):
        return after._replace(after.centre, before.std)
    return after
