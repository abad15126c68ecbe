"""The default engine: Chipmunk by pymunk, set to come as near to PHYRE's Box2D as it can.

Chipmunk multiplies the two bodies' coefficients where Box2D takes their geometric mean (friction) or maximum
(restitution), bounces at any speed where Box2D wants 1 m/s, integrates positions before velocities, and gives
polygons no skin. Square roots, a threshold at first contact, one step's head start under gravity and a radius
of 0.06 px undo these four. The settings were chosen by the agreement that `phyre.verdicts` prints.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pymunk
from numpy.typing import NDArray

from worldmodels_envs.phyre.scene import Body, Circle, Scene
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
        self._bodies = [self._add(body, index) for index, body in enumerate(scene.bodies)]
        self._moving = [body for body in self._bodies if body.body_type == pymunk.Body.DYNAMIC]
        self._contacts = 0
        self._resting: tuple[int, NDArray[np.float64]] | None = None
        first, second = scene.goal
        self._goal = (self._bodies[first], self._bodies[second])
        self._reach = ball_reach(scene.bodies[first], scene.bodies[second])
        self._space.on_collision(begin=_bounce)
        self._space.on_collision(first + 1, second + 1, begin=self._begin, separate=self._separate)

    def poses(self) -> NDArray[np.float64]:
        """Current x, y and angle of every body, shape (body, 3)."""
        return np.array([(*body.position, body.angle) for body in self._bodies])

    def at_rest(self) -> bool:
        """Whether no body moved for half a second and all are slow."""
        now = np.array([(*body.position, body.angle) for body in self._moving])
        before, self._resting = self._resting, (self.time, now)
        if before is None:
            return False
        if self.time - before[0] < REST_STEPS:
            self._resting = before
            return False
        moved = np.abs(now - before[1])
        still = (moved[:, :2] < REST_DISTANCE).all() and (moved[:, 2] < REST_TURN).all()
        return bool(still) and all(body.velocity.length < REST_SPEED for body in self._moving)

    def _step(self) -> None:
        self._space.step(1.0 / FPS)
        if self.time % DAMPING_EVERY == DAMPING_EVERY - 1:
            for body in self._moving:
                body.angular_velocity *= _DAMPING

    def _touching(self) -> bool:
        if self._reach is None:
            return self._contacts > 0
        first, second = self._goal
        return first.position.get_distance(second.position) < self._reach

    def _begin(self, arbiter: pymunk.Arbiter, space: pymunk.Space, data: Any) -> None:
        self._contacts += 1
        _bounce(arbiter, space, data)

    def _separate(self, arbiter: pymunk.Arbiter, space: pymunk.Space, data: Any) -> None:
        self._contacts -= 1

    def _add(self, body: Body, index: int) -> pymunk.Body:
        made = pymunk.Body(body_type=pymunk.Body.DYNAMIC if body.dynamic else pymunk.Body.STATIC)
        made.position = body.position
        made.angle = body.angle
        self._space.add(made, *(_shape(body, shape, made, index) for shape in body.shapes))
        if body.dynamic:
            made.velocity = (0.0, _GRAVITY / FPS)
        return made


def _shape(body: Body, shape: Any, owner: pymunk.Body, index: int) -> pymunk.Shape:
    made: pymunk.Shape
    if isinstance(shape, Circle):
        made = pymunk.Circle(owner, shape.radius)
    else:
        made = pymunk.Poly(owner, shape.vertices, radius=POLYGON_SKIN)
    made.friction = math.sqrt(FRICTION)
    made.elasticity = 0.0
    made.collision_type = index + 1
    if body.dynamic:
        made.density = DENSITY
    return made


def _bounce(arbiter: pymunk.Arbiter, space: pymunk.Space, data: Any) -> None:
    """Give a new contact restitution when the bodies meet at more than 1 m/s."""
    first, second = (shape.body for shape in arbiter.shapes)
    contact = arbiter.contact_point_set
    for point in contact.points:
        relative = first.velocity_at_world_point(point.point_a) - second.velocity_at_world_point(
            point.point_b
        )
        if relative.dot(contact.normal) > BOUNCE_SPEED:
            arbiter.restitution = RESTITUTION
            return
