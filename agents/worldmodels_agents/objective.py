"""`Objective`: what a plan is worth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from worldmodels import WorldModel
from worldmodels.rewards import RewardFunction, TerminationFunction
from worldmodels.transitions import Transitions


@dataclass(frozen=True)
class Objective:
    """Discounted rewards, each weighed with the probability that the episode still runs.

    Attributes:
        reward: Rewards of imagined transitions: a head, a goal image, or any callable.
        termination: Probabilities of having ended; `None` if episodes do not end.
        discount: The weight of a reward falls by this factor each step.
        value: What is still to be earned (batch,) after the last step, from its features (batch, feature), such as
            `ActorCritic.value`, so that plans look further than they reach; `None` for nothing.
    """

    reward: RewardFunction
    termination: TerminationFunction | None = None
    discount: float = 0.95
    value: Callable[[Tensor], Tensor] | None = None

    def __call__(self, transitions: Transitions) -> Tensor:
        """The worth (batch,) of rollouts (batch, time)."""
        rewards = self.reward(transitions)
        running = torch.ones_like(rewards)
        if self.termination is not None:
            running = (1 - self.termination(transitions).to(rewards.dtype)).cumprod(1)
        before = torch.cat([torch.ones_like(running[:, :1]), running[:, :-1]], 1)
        steps = torch.arange(rewards.shape[1], device=rewards.device)
        worth = (rewards * before) @ (self.discount**steps).to(rewards.dtype)
        if self.value is None:
            return worth
        end = self.value(transitions.features[:, -1]).to(rewards.dtype)
        return worth + self.discount ** rewards.shape[1] * running[:, -1] * end


@dataclass(frozen=True)
class GoalImage:
    """Minus the mean squared distance of each imagined frame to a picture of the goal.

    Attributes:
        goal: (channel, height, width) in [0, 1].
    """

    goal: Tensor

    def __call__(self, transitions: Transitions) -> Tensor:
        """Rewards of the transitions."""
        return -(transitions.frames - self.goal.to(transitions.frames)).square().mean((-3, -2, -1))


@dataclass(frozen=True)
class GoalFeatures:
    """Minus the squared distance of each imagined step's features to those of a picture of the goal.

    It renders nothing, and what a model does not keep of a frame, such as noise, does not count.

    Attributes:
        goal: (feature,), see `of`.
    """

    goal: Tensor

    @classmethod
    def of(cls, model: WorldModel, picture: Tensor, still: int = 3) -> GoalFeatures:
        """The goal of a picture (channel, height, width) in [0, 1], as if the world had stood still there.

        Args:
            model: The model that plans.
            picture: The goal.
            still: How many frames it is shown, so that a model that knows speeds believes in none.
        """
        frames = picture.to(model.device).expand(1, still, *picture.shape)
        actions = torch.zeros(1, still - 1, model.codec.dim, device=model.device) if model.codec.dim else None
        return cls(model.features(model.observe(frames, actions, temperature=0.0))[0])

    def __call__(self, transitions: Transitions) -> Tensor:
        """Rewards of the transitions."""
        return -(transitions.features - self.goal.to(transitions.features)).square().mean(-1)
