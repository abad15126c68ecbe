"""The objects of CATER: shapes, sizes, materials, colours, and how a scene's set of them is drawn."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np

SHAPES = ("cube", "sphere", "cylinder", "cone")
SIZES = {"large": 0.75, "medium": 0.5, "small": 0.25}
MATERIALS = ("rubber", "metal")
COLOURS = {
    "gray": (87, 87, 87),
    "red": (173, 35, 35),
    "blue": (42, 75, 215),
    "green": (29, 105, 20),
    "brown": (129, 74, 25),
    "purple": (129, 38, 192),
    "cyan": (41, 208, 208),
    "yellow": (255, 238, 51),
    "gold": (255, 215, 0),
}
PALETTE = tuple(name for name in COLOURS if name != "gold")
SNITCH_RADIUS = 0.3

# How much higher an asset's origin lies than its radius.
LIFTS = {"spl": 0.042, "cone": 0.181}
ASSETS = {
    "cube": "SmoothCube_v2",
    "sphere": "Sphere",
    "cylinder": "SmoothCylinder-Short",
    "cone": "Cone",
    "spl": "Spl",
}
CONTAINABLE = ("cone", "sphere", "spl")
TURNABLE = ("cube", "cylinder", "spl")


class Thing(NamedTuple):
    """One object of a scene.

    Fields: shape, size and material as CATER names them; radius in world units; colour, a key of `COLOURS`;
    instance, the name that is unique in the scene; rotation, the number CATER stores (its renderer reads the
    360 * U(0, 1) as radians, and so does ours).
    """

    shape: str
    size: str
    radius: float
    material: str
    colour: str
    instance: str
    rotation: float

    @property
    def rest_height(self) -> float:
        """Height of the centre when the object stands on the ground."""
        return self.radius + LIFTS.get(self.shape, 0.0)


def sample_things(rng: np.random.Generator, count: int) -> tuple[Thing, ...]:
    """Draw a scene's objects: the snitch, a medium cone, a large cone, then anything."""
    looks = [("spl", "small", "metal", "gold")]
    looks += [("cone", size, _pick(rng, MATERIALS), _pick(rng, PALETTE)) for size in ("medium", "large")]
    while len(looks) < count:
        looks.append((_pick(rng, SHAPES), _pick(rng, tuple(SIZES)), _pick(rng, MATERIALS), _pick(rng, PALETTE)))
    return _name(looks[:count], 360.0 * rng.random(count))


def can_contain(outer: Thing, inner: Thing) -> bool:
    """Whether a cone is big enough to be put over an object of a shape that fits under a cone."""
    return outer.shape == "cone" and outer.radius > inner.radius and inner.shape in CONTAINABLE


def _pick(rng: np.random.Generator, names: tuple[str, ...]) -> str:
    return names[rng.integers(len(names))]


def _name(looks: list[tuple[str, str, str, str]], rotations: np.ndarray) -> tuple[Thing, ...]:
    seen: Counter[str] = Counter()
    things = []
    for (shape, size, material, colour), rotation in zip(looks, rotations.tolist(), strict=True):
        radius = SNITCH_RADIUS if shape == "spl" else SIZES[size]
        instance = f"{ASSETS[shape]}_{seen[shape]}"
        seen[shape] += 1
        things.append(Thing(shape, size, radius, material, colour, instance, rotation))
    return tuple(things)
