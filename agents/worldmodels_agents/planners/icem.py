"""iCEM: the sample-efficient cross-entropy method (Pinneri et al., 2020, arXiv 2008.06389)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from worldmodels import Belief
from worldmodels.errors import InputError
from worldmodels_agents.planners.cem import CEM
from worldmodels_agents.planners.planner import Plan, best, elite_weights
from worldmodels_agents.planners.proposal import GaussianPlans, Proposal


class ICEM(CEM):
    """CEM with coloured noise, elites kept from round to round, fewer plans each round, and the mean tried last.

    For discrete actions, whose draws have no spectrum, everything but the coloured noise applies.

    Args:
        *arguments: As for `CEM`.
        colour: Exponent of the noise's power spectrum over time, 0 (white) or more.
        kept: Share of the elites that enters the next round.
        shrink: The number of plans is divided by this each round, at least 1; there are always twice the elites.
        **options: As for `CEM`.
    """

    def __init__(
        self, *arguments: Any, colour: float = 2.0, kept: float = 0.3, shrink: float = 1.25, **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        if not (colour >= 0 and 0 <= kept <= 1 and shrink >= 1):
            raise InputError(f"colour {colour} must be at least 0, kept {kept} in [0, 1], shrink {shrink} at least 1.")
        self.colour, self.kept, self.shrink = colour, kept, shrink

    def _search(self, belief: Belief, proposal: Proposal) -> Plan:
        elites = proposal.mean().unsqueeze(1)
        for round_ in range(self.iterations):
            plans = torch.cat([self._draw(proposal, round_), elites], 1)
            if round_ == self.iterations - 1:
                plans = torch.cat([plans, proposal.mean().unsqueeze(1)], 1)
            scores = self.score(belief, plans)
            proposal = proposal.fit(plans, elite_weights(scores, self.elites), self.rate)
            elites = _top(plans, scores, max(1, round(self.kept * self.elites)))
        return Plan(*best(plans, scores), proposal)

    def _draw(self, proposal: Proposal, round_: int) -> Tensor:
        number = max(2 * self.elites, int(self.samples / self.shrink**round_))
        if not isinstance(proposal, GaussianPlans):
            return proposal.sample(number, self.generator)
        environments, time, actions = proposal.centre.shape
        noise = coloured_noise((environments, number, actions, time), self.colour, self.generator)
        return proposal.sample(number, self.generator, noise.transpose(2, 3).to(proposal.centre))


def coloured_noise(shape: tuple[int, ...], exponent: float, generator: torch.Generator) -> Tensor:
    """Gaussian noise along the last axis with power falling as frequency^-exponent, variance 1."""
    time = shape[-1]
    frequencies = torch.fft.rfftfreq(time, device=generator.device).clamp_min(1 / time)
    white = torch.randn(*shape, generator=generator, device=generator.device)
    spectrum = torch.fft.rfft(white) * frequencies.pow(-exponent / 2)
    gain = frequencies.pow(-exponent)
    both_sides = 2 * gain.sum() - gain[0] - (gain[-1] if time % 2 == 0 else 0)
    noise: Tensor = torch.fft.irfft(spectrum, n=time) / (both_sides / time).sqrt()
    return noise


def _top(plans: Tensor, scores: Tensor, number: int) -> Tensor:
    index = scores.topk(number, 1).indices
    return plans.gather(1, index[:, :, None, None].expand(-1, -1, *plans.shape[2:]))
