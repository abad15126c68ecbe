"""A CATER scene that takes orders: slide, pick and place, rotate, contain, one object at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from worldmodels_envs.cater.camera import Floats
from worldmodels_envs.cater.catalogue import TURNABLE, can_contain
from worldmodels_envs.cater.motion import (
    CONTAIN,
    PICK_PLACE,
    ROTATE,
    SLIDE,
    collides,
    paths,
    progress,
    turning,
)
from worldmodels_envs.cater.scene import CaterScene
from worldmodels_envs.cater.timeline import OUTSIDE

ORDERS = (SLIDE, PICK_PLACE, ROTATE, CONTAIN)
LENGTH = 25  # frames of an action, the middle of CATER's 20 to 30


class Arena:
    """The objects' places, turns and stacks between actions.

    Args:
        scene: Where everything starts.
    """

    def __init__(self, scene: CaterScene) -> None:
        self.things, self.radii = scene.things, scene.radii
        self.places = scene.places.copy()
        self.turns = np.zeros(len(scene.things))
        self.stacks = [[index] for index in range(len(scene.things))]

    @property
    def inside(self) -> npt.NDArray[np.int8]:
        """The object directly around each one (n,), or -1."""
        around = np.full(len(self.things), OUTSIDE, dtype=np.int8)
        for stack in self.stacks:
            around[stack[1:]] = stack[:-1]
        return around

    def order(self, kind: str, thing: int, target: Floats, other: int) -> tuple[Floats, Floats] | None:
        """Carry out an action if it is possible.

        Args:
            kind: One of `ORDERS`.
            thing: The object that acts; it has to be there and inside nothing.
            target: Where a slide or a pick-and-place goes (x, y).
            other: What a cone is put over.

        Returns:
            Places (25, n, 3) and turns (25, n) on the way, or None where the action is impossible: a
            collision, or an object that cannot do that.
        """
        stack = self._stack(thing)
        if stack is None:
            return None
        if kind == ROTATE:
            return self._rotate(stack)
        if kind == CONTAIN:
            return self._contain(stack, self._stack(other))
        return self._go(kind, stack, target)

    def _stack(self, thing: int) -> list[int] | None:
        return next((stack for stack in self.stacks if stack[0] == thing), None)

    def _rotate(self, stack: list[int]) -> tuple[Floats, Floats] | None:
        if len(stack) > 1 or self.things[stack[0]].shape not in TURNABLE:
            return None
        places, turns = self._still()
        turns[:, stack[0]] += turning(LENGTH)
        return self._finish(places, turns)

    def _go(self, kind: str, stack: list[int], target: Floats) -> tuple[Floats, Floats] | None:
        movers = stack[:1] if kind == PICK_PLACE else stack
        places, turns = self._way(kind, movers, target)
        if self._hits(places, movers, [index for index in range(len(self.things)) if index not in stack]):
            return None
        splits = len(movers) < len(stack)
        if splits and self._hits(places[-1:], movers, stack[1:2]):
            return None
        if splits:
            self.stacks.append(stack[1:])
            del stack[1:]
        return self._finish(places, turns)

    def _contain(self, outer: list[int], inner: list[int] | None) -> tuple[Floats, Floats] | None:
        if inner is None or inner is outer or len(outer) > 1:
            return None
        if not can_contain(self.things[outer[0]], self.things[inner[0]]):
            return None
        places, turns = self._way(CONTAIN, outer, self.places[inner[0], :2])
        others = [index for index in range(len(self.things)) if index not in (*outer, *inner)]
        if self._hits(places, outer, others):
            return None
        outer.extend(inner)
        self.stacks = [stack for stack in self.stacks if stack is not inner]
        return self._finish(places, turns)

    def _still(self) -> tuple[Floats, Floats]:
        return np.tile(self.places, (LENGTH, 1, 1)), np.tile(self.turns, (LENGTH, 1))

    def _way(self, kind: str, movers: list[int], target: Floats) -> tuple[Floats, Floats]:
        places, turns = self._still()
        share, height = progress(kind, LENGTH, LENGTH)
        path = paths(self.places[movers], target[None], share[None], height[None])
        places[:, movers] = path[0].swapaxes(0, 1)
        return places, turns

    def _hits(self, places: Floats, movers: list[int], others: list[int]) -> bool:
        path, there = places[:, movers].swapaxes(0, 1), places[:, others].swapaxes(0, 1)
        return bool(collides(path[None], self.radii[movers], there, self.radii[others]).any())

    def _finish(self, places: Floats, turns: Floats) -> tuple[Floats, Floats]:
        self.places, self.turns = places[-1].copy(), turns[-1].copy()
        return places, turns
