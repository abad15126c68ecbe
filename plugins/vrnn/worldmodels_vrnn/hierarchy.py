"""`Hierarchy`: the prior or the posterior of the latents, one recurrent branch for each level."""

from __future__ import annotations

from itertools import pairwise
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from worldmodels.blocks import Conv, ConvLSTM, Gaussian, State, over_time, widen
from worldmodels.noise import Noise
from worldmodels_vrnn.config import VRNNConfig
from worldmodels_vrnn.convolution import least_group, norm
from worldmodels_vrnn.encoder import Maps
from worldmodels_vrnn.initial_state import InitialState
from worldmodels_vrnn.memory import States

LEAST_VARIANCE = 1e-6


class Branch(nn.Module):
    """The latents of one resolution, from the map of a frame and the coarser latents (Table 4.6).

    The coarser latents join after the ConvLSTM, so that its states depend on the frames alone: all its times can
    be computed before any latent is drawn. At first, the statistics do not depend on the input, and the variance
    is about log 2.
    """

    def __init__(self, inputs: int, enter: int, hidden: int, coarser: int, latent: int, resolution: int) -> None:
        super().__init__()
        groups = 1 if resolution == 1 else 16
        self.enter = nn.Sequential(Conv(inputs, enter, 1), norm(enter, groups, resolution))
        self.lstm = ConvLSTM(enter, hidden, groups=16, least=least_group(resolution))
        last = norm(2 * latent, groups, resolution)
        self.leave = nn.Sequential(Conv(hidden + coarser, 2 * latent, 1), last)
        nn.init.zeros_(last.weight)
        nn.init.normal_(last.bias, std=1e-3)

    def advance(self, maps: Tensor, state: State) -> State:
        """States after each of the maps (batch, time, channel, height, width)."""
        states: State = self.lstm(over_time(self.enter, maps), state)
        return states

    def gaussian(self, hidden: Tensor, coarser: list[Tensor]) -> Gaussian:
        """The latents' distribution (batch, time, ...) for the ConvLSTM's output and the coarser latents."""
        size = hidden.shape[-1]
        raw = over_time(self.leave, torch.cat([hidden, *(_enlarge(z, size) for z in coarser)], 2))
        mean, variance = widen(raw).chunk(2, -3)
        return Gaussian(mean, (F.softplus(variance) + LEAST_VARIANCE).sqrt())


class Hierarchy(nn.Module):
    """p(z_t | z_<t, x_<t) or q(z_t | z_<t, x_<=t), level after level from 1x1 on (Equations 4.3 and 4.4).

    Args:
        widths: Channels of the maps by resolution.
        latents: Channels of the latents by resolution, from 1x1 on.
        config: How many frames the states start from, whether the links are dense.
        action: Width of an action that joins the maps; 0 for none.
    """

    def __init__(self, widths: dict[int, int], latents: dict[int, int], config: VRNNConfig, action: int) -> None:
        super().__init__()
        levels = list(latents)
        next_coarser = {fine: [coarse] for coarse, fine in pairwise(levels)}
        self.seen = {r: levels[:i] if config.dense else next_coarser.get(r, []) for i, r in enumerate(levels)}
        self.branches, self.initial = nn.ModuleDict(), nn.ModuleDict()
        for level, seen in self.seen.items():
            width, coarser = widths[level], sum(latents[other] for other in seen)
            self.branches[str(level)] = Branch(
                width + action, config.branch_inputs or width, width, coarser, latents[level], level
            )
            self.initial[str(level)] = InitialState(config.context * width, width, level)

    def start(self, context: Maps) -> States:
        """First states from the context's maps (batch, frame, channel, height, width)."""
        return {level: self.initial[str(level)](context[level]) for level in self.seen}

    def advance(self, maps: Maps, states: States, actions: Tensor | None = None) -> States:
        """States after each of the maps (batch, time, ...), with the actions (batch, time, action) beside them."""
        return {
            level: self._branch(level).advance(with_actions(maps[level], actions), states[level]) for level in self.seen
        }

    def sample(self, states: States, noise: Noise) -> tuple[dict[int, Gaussian], Maps]:
        """Distributions and draws at the times of `states` (batch, time, ...), coarse to fine."""
        gaussians: dict[int, Gaussian] = {}
        drawn: Maps = {}
        for level in self.seen:
            gaussians[level] = self._gaussian(level, states, drawn)
            drawn[level] = gaussians[level].rsample(noise)
        return gaussians, drawn

    def given(self, states: States, drawn: Maps) -> dict[int, Gaussian]:
        """Distributions of each level given the coarser latents in `drawn`."""
        return {level: self._gaussian(level, states, drawn) for level in self.seen}

    def _gaussian(self, level: int, states: States, drawn: Maps) -> Gaussian:
        coarser = [drawn[other] for other in self.seen[level]]
        return self._branch(level).gaussian(states[level].hidden, coarser)

    def _branch(self, level: int) -> Branch:
        return cast(Branch, self.branches[str(level)])


def with_actions(maps: Tensor, actions: Tensor | None) -> Tensor:
    """Maps (batch, time, channel, height, width) with the actions (batch, time, action) as further channels."""
    if actions is None:
        return maps
    return torch.cat([maps, actions[..., None, None].expand(-1, -1, -1, *maps.shape[-2:])], 2)


def _enlarge(latent: Tensor, size: int) -> Tensor:
    enlarged: Tensor = F.interpolate(latent.flatten(0, 1), size=(size, size), mode="nearest")
    return enlarged.view(latent.shape[:2] + enlarged.shape[1:])
