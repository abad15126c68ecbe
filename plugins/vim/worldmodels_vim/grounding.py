"""Actions without action labels: a few labelled steps say which module each real action is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from gymnasium import Space
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from worldmodels.batch import Batch
from worldmodels.errors import InputError
from worldmodels.model import WorldModel
from worldmodels.noise import Noise
from worldmodels.rollout import Belief, Rollout
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment
from worldmodels.transitions import Transitions
from worldmodels.wrapper import ModelWrapper
from worldmodels_vim.model import FIRST, VIM


@dataclass(frozen=True)
class Grounding:
    """What labelled steps say of actions.

    Attributes:
        colour: Mean colour (channel,) of the slot that obeys, by which it is found again.
        modules: The module that each action is (action,).
        agreement: The share of the labelled steps in which that slot applied that module.
    """

    colour: Tensor
    modules: Tensor
    agreement: float


def ground(model: VIM, before: Tensor, actions: Tensor, after: Tensor, choices: int) -> Grounding:
    """Find the slot that obeys, and each action's module.

    Slots are followed from step to step by their colour. Of those that the first step shows, the one obeys whose
    modules are best told from the actions, one module for each.

    Args:
        model: Trained on frames alone.
        before: Frames (step, channel, height, width).
        actions: What was done then (step,), below `choices`.
        after: The frames that followed.
        choices: How many actions there are.

    Raises:
        InputError: for a model with fewer modules than there are actions.
    """
    if model.module_count < choices:
        raise InputError(f"{choices} actions need as many modules; the model has {model.module_count}.")
    told = model.explain(torch.stack([before, after], 1)).rollout
    colours = model.colours(told.at(0)).squeeze(1)
    modules = told.beliefs["modules"][:, 1, :, 0]
    found = []
    for colour in colours[0]:
        obeyed = modules.gather(1, nearest(colours, colour).unsqueeze(1)).squeeze(1)
        counts = torch.bincount(actions * model.module_count + obeyed, minlength=choices * model.module_count)
        table = counts.view(choices, -1)
        rows, columns = linear_sum_assignment(table.cpu().numpy(), maximize=True)
        matched = torch.as_tensor(columns, device=before.device)
        found.append(Grounding(colour, matched, float(table[rows, columns].sum() / len(actions))))
    return max(found, key=lambda grounding: grounding.agreement)


def nearest(colours: Tensor, colour: Tensor) -> Tensor:
    """The slot (batch,) whose colour (batch, slot, channel) is nearest to one (channel,)."""
    return (colours - colour).square().sum(-1).argmin(-1)


class Grounded(ModelWrapper):
    """A model of a world without actions as one with actions, for planners.

    Args:
        model: Trained on frames alone.
        grounding: Which slot obeys, and how.
        space: The real actions.
    """

    def __init__(self, model: VIM, grounding: Grounding, space: Space[object]) -> None:
        super().__init__(model, WorldSpec(model.spec.frame_shape, space, model.spec.fps))
        self.grounding = grounding

    @property
    def vim(self) -> VIM:
        """The model of modules."""
        return cast(VIM, self.model)

    def losses(self, batch: Batch, moment: Moment) -> dict[str, Tensor]:
        """Those of the model, which learns from frames alone."""
        return self.model.losses(Batch(batch.frames), moment)

    def _observe(self, frames: Tensor, actions: Tensor | None, belief: Belief | None, noise: Noise) -> Rollout:
        return self.model._observe(frames, None, belief, noise)

    def _step(self, belief: Belief, action: Tensor | None, noise: Noise) -> Belief:
        assert action is not None
        obeys = nearest(self.vim.colours(belief), self.grounding.colour).unsqueeze(1)
        modules = torch.full((len(action), self.vim.slot_count), FIRST, device=action.device)
        modules = modules.scatter(1, obeys, self.grounding.modules[action.argmax(-1)].unsqueeze(1))
        return self.vim._step(belief, None, noise, modules)

    def _imagine(self, belief: Belief, actions: Tensor | None, horizon: int, noise: Noise) -> Rollout:
        return WorldModel._imagine(self, belief, actions, horizon, noise)  # by steps, whose actions are grounded


@dataclass(frozen=True)
class Closeness:
    """Minus the city-block distance between two things named by their colours, in pixels: a reward for planners.

    Attributes:
        model: The model whose slots hold them.
        mover: Colour (channel,) of what should get there.
        goal: Colour (channel,) of where to.
    """

    model: VIM
    mover: Tensor
    goal: Tensor

    def __call__(self, transitions: Transitions) -> Tensor:
        """Rewards of the transitions."""
        after = transitions.after
        colours, places = self.model.colours(after), self.model.positions(after)
        ends = [self._of(places, nearest(colours, colour)) for colour in (self.mover, self.goal)]
        return -(ends[0] - ends[1]).abs().sum(-1)

    def _of(self, places: Tensor, slot: Tensor) -> Tensor:
        return places.gather(-2, slot[..., None, None].expand(*slot.shape, 1, 2)).squeeze(-2)
