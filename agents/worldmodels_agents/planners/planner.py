"""`Planner`: acts by imagining what would follow, behind the interface of a stable-baselines3 policy."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from worldmodels import Belief, WorldModel
from worldmodels.abilities import AnyTime
from worldmodels.errors import InputError
from worldmodels.transitions import Transitions
from worldmodels_agents.filtering import Filter, Tracked
from worldmodels_agents.objective import Objective
from worldmodels_agents.planners.proposal import Proposal, uninformed


class Plan(NamedTuple):
    """The outcome of a search.

    Attributes:
        actions: (environment, time, action), encoded.
        score: (environment,), what the objective says of it.
        proposal: Where the search ended, to begin the next one from.
    """

    actions: Tensor
    score: Tensor
    proposal: Proposal | None


class PlannerMemory(NamedTuple):
    """What a planner carries from one frame to the next."""

    tracked: Tracked
    proposal: Proposal | None


class Planner(ABC):
    """A search over action sequences in a model's imagination, for all environments at once.

    Args:
        model: The world model to imagine in.
        objective: What a plan is worth.
        horizon: Steps looked ahead, at least 1.
        samples: Plans drawn for each environment in each iteration, at least 1.
        temperature: Of the model's imagination; 0 plans with prior means.
        std: Standard deviation that a search over numbers begins with, in half widths of a bounded Box.
        warm_start: Whether a search begins where the one a step before ended.
        last: Whether only a plan's last frame is imagined, and only its reward counts; for models with the ability
            `AnyTime`, whose plans then cost the same whatever the horizon.
        seed: Of the draws.
    """

    def __init__(
        self,
        model: WorldModel,
        objective: Objective,
        *,
        horizon: int = 8,
        samples: int = 64,
        temperature: float = 0.0,
        std: float = 0.5,
        warm_start: bool = True,
        last: bool = False,
        seed: int | None = None,
    ) -> None:
        if model.codec.dim == 0:
            raise InputError("this model knows no actions (action_space=None), so there is nothing to plan.")
        if horizon < 1 or samples < 1:
            raise InputError(f"horizon {horizon} and samples {samples} must be at least 1.")
        if last and not isinstance(model, AnyTime):
            raise InputError(f"last=True needs a model that imagines any time; {type(model).__name__} steps there.")
        self.model = model
        self.objective = objective
        self.horizon, self.samples, self.temperature = horizon, samples, temperature
        self.std, self.warm_start, self.last = std, warm_start, last
        self.generator = torch.Generator(model.device)
        if seed is not None:
            self.generator.manual_seed(seed)
        else:
            self.generator.seed()
        self.filter = Filter(model)

    def predict(
        self,
        observation: NDArray[np.uint8],
        state: PlannerMemory | None = None,
        episode_start: NDArray[np.bool_] | None = None,
        deterministic: bool = True,
    ) -> tuple[Any, PlannerMemory]:
        """The actions for frames, one for each environment, and what to remember.

        Args:
            observation: Frames (environment, height, width, channel), uint8, or one frame without the first axis.
            state: What the last call returned; `None` begins anew.
            episode_start: (environment,), true where an episode begins.
            deterministic: Accepted for the interface; a planner always acts on its best plan.

        Returns:
            Actions of the environment's own action space, batched as the observation is, and the memory.
        """
        single = observation.ndim == 3
        frames = observation[None] if single else observation
        starts = None if episode_start is None else np.atleast_1d(episode_start)
        belief = self.filter.update(frames, None if state is None else state.tracked, starts)
        plan = self.plan(belief, self._beginning(state, belief, starts))
        first = plan.actions[:, 0]
        actions = self.model.codec.decode(first)
        memory = PlannerMemory(Tracked(belief, first), plan.proposal)
        return (_first(actions) if single else actions), memory

    def plan(self, belief: Belief, proposal: Proposal | None = None) -> Plan:
        """The best plan found from beliefs (environment,).

        Args:
            belief: Where the plans begin.
            proposal: Where the search begins; by default nothing is known.
        """
        if proposal is None:
            proposal = uninformed(self.model.codec, belief.batch_size[0], self.horizon, self.model.device, self.std)
        return self._search(belief, proposal)

    @abstractmethod
    def _search(self, belief: Belief, proposal: Proposal) -> Plan: ...

    def score(self, belief: Belief, plans: Tensor) -> Tensor:
        """The worth (environment, number) of plans (environment, number, time, action), imagined in one call."""
        environments, number = plans.shape[:2]
        rows = torch.arange(environments, device=plans.device).repeat_interleave(number)
        start, actions = belief[rows], plans.flatten(0, 1)
        chance: dict[str, Any] = {"generator": self.generator, "temperature": self.temperature}
        if self.last and isinstance(self.model, AnyTime):
            end = torch.full((len(actions), 1), float(actions.shape[1]), device=actions.device)
            rollout = self.model.imagine_at(start, end, actions, **chance)
        else:
            rollout = self.model.imagine(start, actions, **chance)
        return self.objective(Transitions(self.model, start, rollout, actions)).reshape(environments, number)

    def _beginning(
        self, state: PlannerMemory | None, belief: Belief, starts: NDArray[np.bool_] | None
    ) -> Proposal | None:
        fresh = starts is not None and bool(starts.any())
        if state is None or state.proposal is None or not self.warm_start or fresh:
            return None
        return state.proposal.shift()


def _first(actions: Any) -> Any:
    """The single action of a batch of one, whatever the space's structure."""
    if isinstance(actions, dict):
        return {key: _first(value) for key, value in actions.items()}
    return tuple(map(_first, actions)) if isinstance(actions, tuple) else actions[0]


def best(plans: Tensor, scores: Tensor) -> tuple[Tensor, Tensor]:
    """The best plan of each environment (environment, time, action), and its score (environment,)."""
    top, index = scores.max(1)
    return plans[torch.arange(len(plans), device=plans.device), index], top


def elite_weights(scores: Tensor, elites: int) -> Tensor:
    """Equal weights (environment, number) on each environment's best plans, 0 on the others."""
    top = scores.topk(elites, 1).indices
    return torch.zeros_like(scores).scatter_(1, top, 1 / elites)
