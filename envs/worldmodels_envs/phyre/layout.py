"""Putting a scene together: balls, bars and jars placed by the edges of their bounding boxes.

Sizes are fractions of the scene's side, as PHYRE's parameters are; places are pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

from worldmodels_envs.phyre.geometry import overlap
from worldmodels_envs.phyre.scene import SIDE, Body, Circle, Color, Polygon, Scene, Shape, rectangle, walls

BAR_THICKNESS = 0.02 * SIDE
JAR_ASPECT = 1.2
JAR_BASE = 0.8


class InvalidLayout(ValueError):
    """Parameters whose bodies would overlap or leave the scene; such a variation is skipped."""


class Placed:
    """A body and the edges of its bounding box, in pixels."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self.left, self.bottom, self.right, self.top = body.box
        self.x, self.y = body.position


class Layout:
    """Collects bodies and makes the scene; the walls come first."""

    def __init__(self) -> None:
        self._placed: list[Placed] = []

    def ball(self, scale: float, *, dynamic: bool = True, **place: float) -> Placed:
        """A ball of radius int(128 scale) + 0.5 pixels."""
        return self.disc(int(SIDE / 2 * scale) + 0.5, dynamic=dynamic, **place)

    def disc(self, radius: float, *, dynamic: bool = True, **place: float) -> Placed:
        """A ball of a radius given in pixels."""
        return self._add((Circle(radius),), dynamic, 0.0, place)

    def bar(self, scale: float, *, angle: float = 0.0, dynamic: bool = False, **place: float) -> Placed:
        """A bar as long as `scale` times the scene, turned by `angle` degrees."""
        return self._add((rectangle(scale * SIDE, BAR_THICKNESS),), dynamic, angle, place)

    def jar(self, scale: float, *, angle: float = 0.0, dynamic: bool = True, **place: float) -> Placed:
        """An open jar as high as `scale` times the scene; `y` is the middle of its base."""
        return self._add(jar_shapes(scale * SIDE), dynamic, angle, place)

    def span(self, left: float, right: float, **place: float) -> Placed:
        """A static level bar from one abscissa to another."""
        if right <= left:
            raise InvalidLayout("a bar of no length")
        placed: dict[str, Any] = {"left": left, **place}
        return self.bar((right - left) / SIDE, **placed)

    def floor(self) -> Placed:
        """A static bar over the whole bottom."""
        return self.bar(1.0, left=0.0, bottom=0.0)

    def scene(self, first: Placed, second: Placed, name: str = "") -> Scene:
        """The scene whose goal is that two of its bodies touch; colours follow from the goal.

        Raises:
            InvalidLayout: where a moving body overlaps another body or sticks out of the scene.
        """
        around = walls()
        bodies = [placed.body for placed in self._placed]
        check_clear(bodies)
        goal = (self._placed.index(first), self._placed.index(second))
        colored = (
            replace(body, color=_color(body, goal.index(i) if i in goal else None)) for i, body in enumerate(bodies)
        )
        return Scene((*around, *colored), (goal[0] + len(around), goal[1] + len(around)), name)

    def _add(self, shapes: tuple[Shape, ...], dynamic: bool, angle: float, place: dict[str, float]) -> Placed:
        at_origin = Placed(Body(shapes, (0.0, 0.0), math.radians(angle), dynamic))
        x, y = (
            _offset(at_origin, place, ("left", "right", "x")),
            _offset(at_origin, place, ("bottom", "top", "y")),
        )
        placed = Placed(replace(at_origin.body, position=(x, y)))
        self._placed.append(placed)
        return placed


def jar_shapes(height: float) -> tuple[Polygon, Polygon, Polygon]:
    """Base and two leaning walls of a jar, in pixels, the middle of the base at the origin."""
    width, thickness = height / JAR_ASPECT, math.log(height) / math.log(0.3 * SIDE) * BAR_THICKNESS
    base, half = JAR_BASE * width / 2, width / 2
    lean = math.atan2(half - base, height)
    low, high = -thickness / 2, height - thickness / 2
    foot = (base - thickness * math.cos(lean), low + thickness * math.sin(lean))
    rim = half - thickness / math.cos(lean)
    right = ((half, high), (rim, high), foot, (base, low))
    left = tuple((-x, y) for x, y in reversed(right))
    return rectangle(2 * base, thickness), Polygon(left), Polygon(right)


def check_clear(bodies: Sequence[Body]) -> None:
    """Refuse bodies where one that moves overlaps another or sticks out of the scene."""
    for body in bodies:
        if body.dynamic and not _inside(body):
            raise InvalidLayout("a body sticks out of the scene")
    for first, second in combinations(bodies, 2):
        if (first.dynamic or second.dynamic) and overlap(first, second):
            raise InvalidLayout("two bodies overlap")


def _inside(body: Body, margin: float = 1e-3) -> bool:
    left, bottom, right, top = body.box
    return min(left, bottom) >= -margin and max(right, top) <= SIDE + margin


def _offset(placed: Placed, place: dict[str, float], edges: tuple[str, ...]) -> float:
    """How far to move a body at the origin so that its named edge lies where it should."""
    edge = next(edge for edge in edges if edge in place)
    now: float = getattr(placed, edge)
    return place[edge] - now


def _color(body: Body, part: int | None) -> Color:
    """Green and blue or purple for the goal's two bodies, gray and black for the others."""
    if part is None:
        return Color.GRAY if body.dynamic else Color.BLACK
    if part == 0:
        return Color.GREEN
    return Color.BLUE if body.dynamic else Color.PURPLE
