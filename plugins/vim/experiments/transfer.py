"""Transfer of dynamics: what moved unseen objects moves known ones (section 8.5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from worldmodels.rollout import Belief, Rollout, stack
from worldmodels_vim.evaluate import RulesOptions, make_truth
from worldmodels_vim.matching import match_slots, of_objects
from worldmodels_vim.model import FIRST, VIM

# Left, right, up, down, as Random Walk names its rules.
DIRECTIONS = torch.tensor([[-1.0, 0.0], [1.0, 0.0], [0.0, -1.0], [0.0, 1.0]])


class Transfer(NamedTuple):
    """Dynamics carried over.

    Attributes:
        target: Videos of unseen objects (video, time, channel, height, width).
        rollout: Known balls, from where the unseen objects began, under the modules that explain those.
        right: Whether each ball went the way of its object (video, time - 1, ball).
    """

    target: Tensor
    rollout: Rollout
    right: Tensor


def carry(model: VIM, belief: Belief, slots: Tensor, modules: Tensor) -> Rollout:
    """Roll a belief forward under given modules, by the updates' means.

    Args:
        model: The model.
        belief: Of a scene of known objects, batch size (video,).
        slots: Which slot holds each object (video, object).
        modules: The module of each object at each step (video, time, object); other slots go their own way.
    """
    over_time = []
    for time in range(modules.shape[1]):
        chosen = torch.full((len(slots), model.slot_count), FIRST, device=slots.device)
        belief = model.do_all(belief, chosen.scatter(1, slots, modules[:, time]), temperature=0.0)
        over_time.append(belief)
    return stack(over_time, model.varying, model.constant)


def transfer(
    model: VIM,
    videos: int = 200,
    length: int = 10,
    seed: int = 2_000_000,
    options: Mapping[str, object] = MappingProxyType({}),
) -> Transfer:
    """Explain videos of unseen shapes, colours and sizes, and move known balls alike.

    Args:
        model: A model of Random Walk's balls, of one selection a frame.
        videos: How many.
        length: Frames of each.
        seed: Of the videos.
        options: Changes to their variant, "out_of_distribution".
    """
    settings = RulesOptions("", variant="out_of_distribution", videos=videos, length=length, seed=seed)
    truth = make_truth(replace(settings, options=dict(options)))
    told = model.explain(truth.frames)
    unseen = match_slots(model.positions(told.rollout)[:, 0], truth.positions[:, 0])
    modules = of_objects(told.rollout.beliefs["modules"], unseen)[:, 1:, :, 0]
    scene = model.observe(_known(truth.positions[:, 0], seed).unsqueeze(1), temperature=0.0)
    slots = match_slots(model.positions(scene), truth.positions[:, 0])
    rollout = carry(model, scene, slots, modules)
    places = torch.cat([model.positions(scene).unsqueeze(1), model.positions(rollout)], 1)
    return Transfer(truth.frames, rollout, _right(of_objects(places, slots), truth.rules[..., 0]))


def _right(places: Tensor, rules: Tensor) -> Tensor:
    """Whether each move (video, time - 1, ball) of places (video, time, ball, 2) is mostly along its rule's way."""
    along = (places[:, 1:] - places[:, :-1]) @ DIRECTIONS.T
    return (along.argmax(-1) == rules) & (along.amax(-1) > 1)


def _known(positions: Tensor, seed: int) -> Tensor:
    """Frames (video, channel, height, width) of red, green and blue balls at positions (video, ball, 2)."""
    from worldmodels_envs.random_walk.config import resolve_config
    from worldmodels_envs.random_walk.simulator import RandomWalkSimulator

    config = resolve_config("atomic")
    world = RandomWalkSimulator(config, len(positions), masks=False)
    world.reset(np.random.default_rng(seed))
    low, high = max(config.radii), config.size - 1 - max(config.radii)
    world.positions[:] = positions.long().clamp(low, high).numpy()
    return torch.from_numpy(world.look()[0]).movedim(-1, 1).float() / 255
