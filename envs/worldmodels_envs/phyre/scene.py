"""A puzzle's bodies and its goal: the values that levels, templates, engines and images share.

Lengths are pixels of the 256 x 256 scene, y points up, angles are radians.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SIDE = 256
"""Width and height of every scene in pixels."""

WALL_THICKNESS = 5.0


class Color(IntEnum):
    """The seven colours, by what a body is: PHYRE's codes, which are also the ids in a raster."""

    BACKGROUND = 0
    RED = 1  # the user's balls
    GREEN = 2  # the first body of the goal
    BLUE = 3  # the second body of the goal where it moves
    PURPLE = 4  # the second body of the goal where it is static
    GRAY = 5  # any other body that moves
    BLACK = 6  # any other static body


class Circle(NamedTuple):
    """A disc about its body's origin."""

    radius: float


class Polygon(NamedTuple):
    """A convex polygon in its body's frame, vertices counter-clockwise."""

    vertices: tuple[tuple[float, float], ...]


Shape = Circle | Polygon


@dataclass(frozen=True)
class Body:
    """A rigid body: one or several shapes at a pose.

    Attributes:
        shapes: convex shapes in the body's own frame.
        position: x and y of the frame's origin, pixels.
        angle: radians, counter-clockwise.
        dynamic: whether it moves.
        color: what it is drawn in; it has no part in the physics.
        user: whether an action placed it.
    """

    shapes: tuple[Shape, ...]
    position: tuple[float, float]
    angle: float = 0.0
    dynamic: bool = False
    color: Color = Color.BLACK
    user: bool = False

    @property
    def is_ball(self) -> bool:
        """Whether the body is a single disc."""
        return len(self.shapes) == 1 and isinstance(self.shapes[0], Circle)

    @cached_property
    def polygons(self) -> tuple[NDArray[np.float64], ...]:
        """World vertices (vertex, 2) of each polygon at the body's initial pose."""
        c, s = np.cos(self.angle), np.sin(self.angle)
        turn = np.array([[c, s], [-s, c]])
        return tuple(
            np.asarray(shape.vertices) @ turn + self.position for shape in self.shapes if isinstance(shape, Polygon)
        )

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """Left, bottom, right and top of the body's bounding box at its initial pose."""
        corners = list(self.polygons)
        for shape in self.shapes:
            if isinstance(shape, Circle):
                corners.append(np.add(self.position, [[-shape.radius] * 2, [shape.radius] * 2]))
        points = np.concatenate(corners)
        left, bottom = points.min(axis=0)
        right, top = points.max(axis=0)
        return float(left), float(bottom), float(right), float(top)


@dataclass(frozen=True)
class Scene:
    """Bodies and the two that must touch for three seconds.

    Attributes:
        bodies: all bodies, the four walls among them.
        goal: indices of the two bodies that must touch.
        name: the task's id, for messages.
    """

    bodies: tuple[Body, ...]
    goal: tuple[int, int]
    name: str = ""

    def with_balls(self, balls: tuple[Body, ...]) -> Scene:
        """The scene with the user's balls added behind its bodies."""
        return replace(self, bodies=(*self.bodies, *balls))

    @property
    def poses(self) -> NDArray[np.float64]:
        """Initial x, y, angle of every body, shape (body, 3)."""
        return np.array([(*body.position, body.angle) for body in self.bodies])


def rectangle(width: float, height: float) -> Polygon:
    """A rectangle about the origin, in pixels."""
    w, h = width / 2, height / 2
    return Polygon(((w, h), (-w, h), (-w, -h), (w, -h)))


def walls() -> tuple[Body, ...]:
    """The four static walls just outside a scene: bottom, left, top, right."""
    middle, out, beyond = SIDE / 2, -WALL_THICKNESS / 2, SIDE + WALL_THICKNESS / 2
    lying = (rectangle(SIDE, WALL_THICKNESS),)
    standing = (rectangle(WALL_THICKNESS, SIDE),)
    return (
        Body(lying, (middle, out)),
        Body(standing, (out, middle)),
        Body(lying, (middle, beyond)),
        Body(standing, (beyond, middle)),
    )
