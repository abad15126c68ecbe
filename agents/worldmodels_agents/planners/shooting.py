"""Random shooting: draw plans, take the best."""

from __future__ import annotations

from worldmodels import Belief
from worldmodels_agents.planners.planner import Plan, Planner, best
from worldmodels_agents.planners.proposal import Proposal


class RandomShooting(Planner):
    """Draws `samples` plans without looking at the last search, and takes the best."""

    def _search(self, belief: Belief, proposal: Proposal) -> Plan:
        plans = proposal.sample(self.samples, self.generator)
        return Plan(*best(plans, self.score(belief, plans)), None)
