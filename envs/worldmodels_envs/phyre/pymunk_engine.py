"""The default engine: Chipmunk by pymunk, set to come as near to PHYRE's Box2D as it can.

Chipmunk multiplies the two bodies' coefficients where Box2D takes their geometric mean (friction) or maximum
(restitution), bounces at any speed where Box2D wants 1 m/s, integrates positions before velocities, and gives
polygons no skin. Square roots, a threshold at first contact, one step's head start under gravity and a radius
of 0.06 px undo these four. The settings were chosen by the agreement that `phyre.verdicts` prints.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pymunk
from numpy.typing import NDArray

from worldmodels_envs.phyre.scene import Circle, Scene
from worldmodels_envs.phyre.simulation import (
    ANGULAR_DAMPING,
    DENSITY,
    FPS,
    FRICTION,
    GRAVITY,
    PIXELS_PER_METRE,
    REST_STEPS,
    RESTITUTION,
    Simulation,
    ball_reach,
)

ITERATIONS = 15
POLYGON_SKIN = 0.06
BOUNCE_SPEED = 1.0 * PIXELS_PER_METRE
DAMPING_EVERY = 10
FASTEST_STEP = 12.0
"""Pixels by which two balls come nearer in one step at most: several times a free fall through the scene."""
REST_DISTANCE = 0.02
REST_TURN = 2e-3
REST_SPEED = 1.0

_GRAVITY = GRAVITY * PIXELS_PER_METRE
_DAMPING = 1.0 / (1.0 + ANGULAR_DAMPING * DAMPING_EVERY / FPS)


class PymunkSimulation(Simulation):
    """A scene in a Chipmunk space, in pixels and seconds."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._space = pymunk.Space()
        self._space.gravity = (0.0, _GRAVITY)
        self._space.iterations = ITERATIONS
        self._poses = scene.poses
        first, second = scene.goal
        self._reach = ball_reach(scene.bodies[first], scene.bodies[second])
        self._bodies = {index: self._add_moving(index) for index, b in enumerate(scene.bodies) if b.dynamic}
        for index, body in enumerate(scene.bodies):
            if not body.dynamic:
                self._add_static(index)
        self._contacts = self._apart_until = 0
        self._resting: tuple[int, NDArray[np.float64]] | None = None
        self._space.on_collision(begin=_bounce)
        self._space.on_collision(first + 1, second + 1, begin=self._begin, separate=self._separate)

    def poses(self) -> NDArray[np.float64]:
        """Current x, y and angle of every body, shape (body, 3)."""
        for index, body in self._bodies.items():
            self._poses[index] = (*body.position, body.angle)
        return self._poses.copy()

    def at_rest(self) -> bool:
        """Whether no body moved for half a second and all are slow."""
        now = np.array([(*body.position, body.angle) for body in self._bodies.values()])
        before, self._resting = self._resting, (self.time, now)
        if before is None:
            return False
        if self.time - before[0] < REST_STEPS:
            self._resting = before
            return False
        moved = np.abs(now - before[1])
        still = (moved[:, :2] < REST_DISTANCE).all() and (moved[:, 2] < REST_TURN).all()
        return bool(still) and all(body.velocity.length < REST_SPEED for body in self._bodies.values())

    def _step(self) -> None:
        self._space.step(1.0 / FPS)
        if self.time % DAMPING_EVERY == DAMPING_EVERY - 1:
            for body in self._bodies.values():
                body.angular_velocity *= _DAMPING

    def _touching(self) -> bool:
        if self._reach is None:
            return self._contacts > 0
        if self.time < self._apart_until:
            return False
        gap = math.dist(*map(self._position, self.scene.goal)) - self._reach
        self._apart_until = self.time + int(gap / FASTEST_STEP)
        return gap < 0

    def _position(self, index: int) -> tuple[float, float]:
        moving = self._bodies.get(index)
        return self.scene.bodies[index].position if moving is None else moving.position

    def _begin(self, arbiter: pymunk.Arbiter, space: pymunk.Space, data: Any) -> None:
        self._contacts += 1
        _bounce(arbiter, space, data)

    def _separate(self, arbiter: pymunk.Arbiter, space: pymunk.Space, data: Any) -> None:
        self._contacts -= 1

    def _add_moving(self, index: int) -> pymunk.Body:
        body, made = self.scene.bodies[index], pymunk.Body()
        made.position, made.angle = body.position, body.angle
        shapes = [
            pymunk.Circle(made, shape.radius)
            if isinstance(shape, Circle)
            else pymunk.Poly(made, shape.vertices, radius=POLYGON_SKIN)
            for shape in body.shapes
        ]
        for shape in shapes:
            shape.density = DENSITY
        self._space.add(made, *_with_surface(shapes, index))
        made.velocity = (0.0, _GRAVITY / FPS)
        return made

    def _add_static(self, index: int) -> None:
        body, ground = self.scene.bodies[index], self._space.static_body
        shapes: list[pymunk.Shape] = [
            pymunk.Poly(ground, polygon.tolist(), radius=POLYGON_SKIN) for polygon in body.polygons
        ]
        for shape in body.shapes:
            if isinstance(shape, Circle):
                shapes.append(pymunk.Circle(ground, shape.radius, body.position))
        self._space.add(*_with_surface(shapes, index))


def _with_surface(shapes: Sequence[pymunk.Shape], index: int) -> Sequence[pymunk.Shape]:
    """The shapes of one body with its friction, bounce and collision type."""
    for shape in shapes:
        shape.friction = math.sqrt(FRICTION)
        shape.elasticity = 0.0
        shape.collision_type = index + 1
    return shapes


def _bounce(arbiter: pymunk.Arbiter, space: pymunk.Space, data: Any) -> None:
    """Give a new contact restitution when the bodies meet at more than 1 m/s."""
    first, second = arbiter.bodies
    contact = arbiter.contact_point_set
    for point in contact.points:
        relative = first.velocity_at_world_point(point.point_a) - second.velocity_at_world_point(point.point_b)
        if relative.dot(contact.normal) > BOUNCE_SPEED:
            arbiter.restitution = RESTITUTION
            return
