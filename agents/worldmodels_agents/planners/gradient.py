"""Planning by gradient ascent through the model."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from worldmodels import Belief
from worldmodels.errors import InputError
from worldmodels_agents.planners.planner import Plan, Planner, best
from worldmodels_agents.planners.proposal import CategoricalPlans, Proposal


class Gradient(Planner):
    """Improves `samples` plans at once by following the objective's gradient, and takes the best.

    Choices are relaxed to probabilities while they are improved (softmax), and scored as real choices at the end.

    Args:
        *arguments: As for `Planner`.
        iterations: Gradient steps, at least 1.
        rate: Adam's learning rate, above 0.
        **options: As for `Planner`.
    """

    def __init__(self, *arguments: Any, iterations: int = 10, rate: float = 0.1, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if not (iterations >= 1 and rate > 0):
            raise InputError(f"iterations {iterations} must be at least 1 and rate {rate} above 0.")
        self.iterations, self.rate = iterations, rate

    def _search(self, belief: Belief, proposal: Proposal) -> Plan:
        plans = proposal.sample(self.samples, self.generator)
        discrete = isinstance(proposal, CategoricalPlans)
        free = (plans * 2 if discrete else plans).requires_grad_()
        optimizer = torch.optim.Adam([free], self.rate, maximize=True)
        with torch.enable_grad(), self.model.differentiable():
            for _ in range(self.iterations):
                worth = self.score(belief, free.softmax(-1) if discrete else free).sum()
                (free.grad,) = torch.autograd.grad(worth, free)
                optimizer.step()
                if not discrete:
                    _clip(free, proposal)
        plans = _as_choices(free.detach()) if discrete else free.detach()
        return Plan(*best(plans, self.score(belief, plans)), None)


def _clip(free: Tensor, proposal: Any) -> None:
    with torch.no_grad():
        free.clamp_(proposal.low, proposal.high)


def _as_choices(logits: Tensor) -> Tensor:
    return torch.nn.functional.one_hot(logits.argmax(-1), logits.shape[-1]).to(logits.dtype)
