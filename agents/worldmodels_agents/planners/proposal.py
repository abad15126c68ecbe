"""Distributions over plans: where the planners draw action sequences from, batched over environments."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from gymnasium import spaces
from torch import Tensor

from worldmodels import ActionCodec
from worldmodels.errors import InputError


@dataclass(frozen=True)
class CategoricalPlans:
    """Independent choices, one a step.

    Attributes:
        probabilities: (environment, time, choice).
    """

    probabilities: Tensor

    def sample(self, number: int, generator: torch.Generator | None, noise: Tensor | None = None) -> Tensor:
        """One-hot plans (environment, number, time, choice)."""
        environments, time, choices = self.probabilities.shape
        flat = self.probabilities.reshape(-1, choices)
        drawn = torch.multinomial(flat, number, replacement=True, generator=generator)
        one_hot = torch.nn.functional.one_hot(drawn, choices).to(flat.dtype)
        return one_hot.reshape(environments, time, number, choices).transpose(1, 2)

    def fit(self, plans: Tensor, weights: Tensor, rate: float) -> CategoricalPlans:
        """Moved by `rate` towards the weighted plans (environment, number, time, choice).

        Every choice keeps a little probability, so that none is lost for good.
        """
        target = torch.einsum("en,entc->etc", weights, plans)
        moved = torch.lerp(self.probabilities, target, rate)
        floor = 0.02 / moved.shape[-1]
        return CategoricalPlans(moved * 0.98 + floor)

    def mean(self) -> Tensor:
        """The most probable plan (environment, time, choice), one-hot."""
        best = self.probabilities.argmax(-1)
        return torch.nn.functional.one_hot(best, self.probabilities.shape[-1]).to(self.probabilities.dtype)

    def shift(self) -> CategoricalPlans:
        """A step later: the first step is gone, the last is open."""
        last = torch.full_like(self.probabilities[:, :1], 1 / self.probabilities.shape[-1])
        return CategoricalPlans(torch.cat([self.probabilities[:, 1:], last], 1))


@dataclass(frozen=True)
class GaussianPlans:
    """Independent normal numbers, clipped to bounds.

    Attributes:
        centre: (environment, time, action).
        std: (environment, time, action).
        low: (action,), the encoded space's lower bounds.
        high: (action,), the upper ones.
        initial: The standard deviation of steps that nothing is known of.
        smallest: The standard deviation never falls below it.
    """

    centre: Tensor
    std: Tensor
    low: Tensor
    high: Tensor
    initial: float = 0.5
    smallest: float = 0.05

    def sample(self, number: int, generator: torch.Generator | None, noise: Tensor | None = None) -> Tensor:
        """Plans (environment, number, time, action); `noise` of that shape replaces white noise."""
        environments, time, actions = self.centre.shape
        shape = (environments, number, time, actions)
        if noise is None:
            noise = torch.randn(shape, generator=generator, device=self.centre.device, dtype=self.centre.dtype)
        plans = self.centre.unsqueeze(1) + self.std.unsqueeze(1) * noise
        return plans.clamp(self.low, self.high)

    def fit(self, plans: Tensor, weights: Tensor, rate: float) -> GaussianPlans:
        """Moved by `rate` towards the weighted plans (environment, number, time, action)."""
        centre = torch.einsum("en,enta->eta", weights, plans)
        variance = torch.einsum("en,enta->eta", weights, (plans - centre.unsqueeze(1)).square())
        std = torch.lerp(self.std, variance.sqrt(), rate).clamp_min(self.smallest)
        return self._replace(torch.lerp(self.centre, centre, rate), std)

    def mean(self) -> Tensor:
        """The plan in the centre (environment, time, action)."""
        return self.centre.clamp(self.low, self.high)

    def shift(self) -> GaussianPlans:
        """A step later, as open as at the start: only the centre is carried over."""
        centre = torch.cat([self.centre[:, 1:], self.centre[:, -1:]], 1)
        return self._replace(centre, torch.full_like(self.std, self.initial))

    def _replace(self, centre: Tensor, std: Tensor) -> GaussianPlans:
        return GaussianPlans(centre, std, self.low, self.high, self.initial, self.smallest)


Proposal = CategoricalPlans | GaussianPlans


def uninformed(codec: ActionCodec, environments: int, horizon: int, device: torch.device, std: float) -> Proposal:
    """The proposal before anything is known.

    Args:
        codec: The action space, Discrete or Box.
        environments: How many plans are sought at once.
        horizon: Steps of a plan.
        device: Where the model is.
        std: Standard deviation for numbers, in units of half the width of a bounded Box.

    Raises:
        InputError: for another action space.
    """
    if codec.discrete:
        shape = (environments, horizon, codec.dim)
        return CategoricalPlans(torch.full(shape, 1 / codec.dim, device=device))
    if not isinstance(codec.space, spaces.Box):
        raise InputError(f"planners take Discrete and Box action spaces; this one is {codec.space}.")
    low, high = (bound.to(device) for bound in codec.bounds())
    centre = torch.zeros(environments, horizon, codec.dim, device=device).clamp(low, high)
    return GaussianPlans(centre, torch.full_like(centre, std), low, high, std)
