"""Objects under the pointer: which one it is, and how a way across the frame moves it."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from worldmodels.abilities import ObjectCentric
from worldmodels.data.frames import to_numpy
from worldmodels.errors import InputError
from worldmodels.inputs import check_choice
from worldmodels.model import WorldModel
from worldmodels.play.history import Array
from worldmodels.rollout import Belief

TINTS = (
    (230, 80, 70),
    (80, 170, 250),
    (110, 210, 110),
    (250, 200, 70),
    (200, 120, 240),
    (90, 220, 210),
    (250, 140, 190),
)
DARK = 0.12
NUDGE = 1e-3
"""Of a place, in the world's units: how pixels follow is measured by it."""


def slot_at(model: WorldModel, belief: Belief, at: tuple[float, float]) -> int | None:
    """The object that is seen at (x, y) pixels; `None` for the background, the slot that covers most.

    Raises:
        InputError: where there are no objects, or the place is outside the frame.
    """
    masks = _objects(model).masks(belief)[0]
    height, width = masks.shape[-2:]
    x, y = at
    if not (0 <= x < width and 0 <= y < height):
        raise InputError(f"({x:g}, {y:g}) is outside the frame of {width} x {height}.")
    found = int(masks[:, int(y), int(x)].argmax())
    return None if found == _background(masks) else found


def across(model: WorldModel, belief: Belief, slot: int, by: tuple[float, float]) -> tuple[float, float, float]:
    """A way across the frame, (x, y) in pixels, as one along the world's floor where the model knows places there.

    Raises:
        InputError: where there are no objects, no such slot, or the way is endless.
    """
    known = _objects(model)
    if not all(map(math.isfinite, by)):  # JSON's 1e999
        raise InputError("objects are dragged by finite numbers of pixels.")
    places, camera = known.places(belief), known.camera(belief)
    if places is None or camera is None:
        return (*by, 0.0)
    check_choice("slot", slot, places.shape[1])
    place = places[:, slot]
    axes = torch.eye(3, device=place.device, dtype=place.dtype)[:2] * NUDGE
    pixels = torch.stack([camera.project(place + axis) - camera.project(place) for axis in axes], -1)[0]
    wanted = torch.tensor(by, device=place.device, dtype=place.dtype)
    x, y = (torch.linalg.lstsq(pixels / NUDGE, wanted.unsqueeze(-1)).solution.squeeze(-1)).tolist()
    return (x, y, 0.0)


def tinted(model: WorldModel, belief: Belief) -> Array:
    """Masks, uint8 (1, height, width, 3): each slot in a colour of its own, the background dark."""
    masks = _objects(model).masks(belief)[0]
    colours = torch.tensor([TINTS[i % len(TINTS)] for i in range(len(masks))], device=masks.device) / 255
    colours[_background(masks)] = DARK
    return to_numpy(torch.einsum("shw,sc->chw", masks.float(), colours).unsqueeze(0))


def positions(model: WorldModel, belief: Belief) -> list[list[float]] | None:
    """Where objects are, (x, y) in pixels each; `None` where the model knows none."""
    if not isinstance(model, ObjectCentric):
        return None
    found = model.positions(belief)[0].nan_to_num(-1.0, -1.0, -1.0)
    return [[round(float(value), 2) for value in place] for place in found]


def _objects(model: WorldModel) -> ObjectCentric:
    if not isinstance(model, ObjectCentric):
        raise InputError("this model knows no objects.")
    return model


def _background(masks: Tensor) -> int:
    return int(masks.sum((-2, -1)).argmax())
