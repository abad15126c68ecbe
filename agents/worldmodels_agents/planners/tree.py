"""Tree search: try every action, keep the best beginnings, try every action again."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from worldmodels import Belief, WorldModel
from worldmodels.errors import InputError
from worldmodels.rollout import Rollout, pack
from worldmodels.transitions import Transitions
from worldmodels_agents.objective import Objective
from worldmodels_agents.planners.planner import Plan, Planner
from worldmodels_agents.planners.proposal import Proposal


class TreeSearch(Planner):
    """A breadth-first search that keeps the `samples` best beginnings of each environment at every depth.

    It draws nothing: with as many samples as there are plans, it is exhaustive. Made for few choices, such as the
    modules of one slot (`worldmodels.imagined.ModuleWorld`).

    Args:
        model: The world model to imagine in, of a Discrete action space.
        objective: What a plan is worth.
        horizon: Depth of the tree.
        samples: Beginnings kept at every depth.
        **settings: As `Planner` has them.

    Raises:
        InputError: for another action space.
    """

    def __init__(
        self, model: WorldModel, objective: Objective, *, horizon: int = 4, samples: int = 64, **settings: Any
    ) -> None:
        super().__init__(model, objective, horizon=horizon, samples=samples, **settings)
        if not model.codec.discrete:
            raise InputError(f"tree search takes a Discrete action space; this one is {model.spec.action_space}.")

    def _search(self, belief: Belief, proposal: Proposal) -> Plan:
        environments, choices = int(belief.batch_size[0]), self.model.codec.dim
        moves = torch.eye(choices, device=self.model.device)
        kept, trail = belief, [belief]
        plans = moves.new_zeros(environments, 1, 0, choices)
        for _ in range(self.horizon):
            number = plans.shape[1] * choices
            rows = torch.arange(len(kept), device=moves.device).repeat_interleave(choices)
            actions = moves.repeat(len(kept), 1)
            after = self.model.step(kept[rows], actions, generator=self.generator, temperature=self.temperature)
            trail = [past[rows] for past in trail] + [after]
            grown = torch.cat([plans.flatten(0, 1)[rows], actions.unsqueeze(1)], 1)
            plans = grown.reshape(environments, number, *grown.shape[1:])
            scores = self._score(trail, plans)
            best = scores.topk(min(self.samples, number), 1).indices
            index = (best + number * torch.arange(environments, device=best.device).unsqueeze(1)).flatten()
            kept, trail = after[index], [past[index] for past in trail]
            plans = grown[index].reshape(environments, -1, *grown.shape[1:])
            scores = scores.gather(1, best)
        return Plan(plans[:, 0], scores[:, 0], None)

    def _score(self, trail: list[Belief], plans: Tensor) -> Tensor:
        """The worth (environment, number) of beginnings, whose beliefs the trail holds, the first being the root."""
        steps, batch = trail[1:], trail[-1].batch_size
        over_time = {key: torch.stack([step[key] for step in steps], 1) for key in self.model.varying}
        constant = {key: trail[-1][key] for key in self.model.constant}
        rollout = Rollout(pack(over_time, (*batch, len(steps))), trail[-1], pack(constant, batch))
        transitions = Transitions(self.model, trail[0], rollout, plans.flatten(0, 1))
        return self.objective(transitions).reshape(plans.shape[:2])
