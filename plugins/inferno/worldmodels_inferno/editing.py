"""What edits do to a believed scene."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from worldmodels.edits import Add, Edit, Move, Remove, Scale, Swap, TurnCamera
from worldmodels.errors import InputError
from worldmodels.inputs import check_choice
from worldmodels.rollout import Belief, pack

if TYPE_CHECKING:
    from worldmodels_inferno.model import INFERNO

_PER_OBJECT = ("places", "scales", "shape", "appearance", "present", "content", "sure")


def edited(model: INFERNO, belief: Belief, edit: Edit) -> Belief:
    """The belief after one edit; the background's slot, the last, may be moved, scaled and removed as others."""
    changed: dict[str, Tensor] = {name: belief[name].clone() for name in _PER_OBJECT}
    background = changed["places"].shape[1] - 1
    match edit:
        case Move(slot, by):
            changed["places"][:, slot] += changed["places"].new_tensor(by)
        case Remove(slot):
            changed["present"][:, slot] = 0
        case Scale(slot, factor):
            # An object that stands on the ground goes on standing there; its place is its middle, and stays.
            changed["scales"][:, slot] *= factor
        case Swap(slot, other, what):
            names = {"place": ("places",), "shape": ("shape", "scales"), "appearance": ("appearance",)}[what]
            if what != "place" and background in (slot, other):
                raise InputError(f"the background (slot {background}) can exchange no {what} with an object.")
            for name in names:
                changed[name][:, [slot, other]] = belief[name][:, [other, slot]]
        case Add(like, place, source):
            source = belief if source is None else source
            last = source["places"].shape[1] - 1
            check_choice("like", like, last + 1)
            if like == last:
                raise InputError(f"slot {like} is the background; only objects can be added.")
            free = model.opacities(belief).argmin(1)
            rows = torch.arange(len(free), device=free.device)
            for name in _PER_OBJECT:
                changed[name][rows, free] = source[name][:, like]
            changed["places"][rows, free] = changed["places"].new_tensor(place)
        case TurnCamera(degrees):
            changed["turn"] = belief["turn"] + math.radians(degrees)
    # What objects were before says nothing about how they go on from where they were put.
    forgotten = {name: torch.zeros_like(belief[name]) for name in ("past", "done", "age")}
    return pack({**dict(belief.items()), **forgotten, **changed}, belief.batch_size)
