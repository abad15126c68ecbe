"""The engine that agrees with PHYRE's own: Box2D, with its units, iterations and coefficients."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from worldmodels_envs.phyre.scene import Body, Circle, Scene, Shape
from worldmodels_envs.phyre.simulation import (
    ANGULAR_DAMPING,
    DENSITY,
    FPS,
    FRICTION,
    GRAVITY,
    PIXELS_PER_METRE,
    RESTITUTION,
    Simulation,
    ball_reach,
)

with warnings.catch_warnings():
    # SWIG's types are deprecated; where that warning is an error, Box2D's import ends the process.
    warnings.simplefilter("ignore")
    from Box2D import b2Body, b2CircleShape, b2FixtureDef, b2PolygonShape, b2World

VELOCITY_ITERATIONS = 15
POSITION_ITERATIONS = 20


class Box2DSimulation(Simulation):
    """A scene in a Box2D world, in metres and seconds inside, pixels outside."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._world = b2World(gravity=(0.0, GRAVITY), doSleep=True)
        self._bodies = [self._add(body) for body in scene.bodies]
        self._moving = [made for body, made in zip(scene.bodies, self._bodies, strict=True) if body.dynamic]
        # Contacts are listed on both bodies; the one that moves has few of them.
        first, second = sorted(scene.goal, key=lambda index: not scene.bodies[index].dynamic)
        self._mover, self._other = self._bodies[first], self._bodies[second]
        reach = ball_reach(scene.bodies[first], scene.bodies[second])
        self._reach = None if reach is None else reach / PIXELS_PER_METRE

    def poses(self) -> NDArray[np.float64]:
        """Current x, y and angle of every body, shape (body, 3)."""
        poses = np.array([(*body.position, body.angle) for body in self._bodies])
        poses[:, :2] *= PIXELS_PER_METRE
        return poses

    def at_rest(self) -> bool:
        """Whether Box2D has put every moving body to sleep."""
        return not any(body.awake for body in self._moving)

    def _step(self) -> None:
        self._world.Step(1.0 / FPS, VELOCITY_ITERATIONS, POSITION_ITERATIONS)

    def _touching(self) -> bool:
        if self._reach is not None:
            return bool((self._mover.position - self._other.position).length < self._reach)
        return any(edge.other == self._other and edge.contact.touching for edge in self._mover.contacts)

    def _add(self, body: Body) -> b2Body:
        create = self._world.CreateDynamicBody if body.dynamic else self._world.CreateStaticBody
        made: b2Body = create(
            position=_metres(body.position),
            angle=body.angle,
            angularDamping=ANGULAR_DAMPING,
            linearDamping=0.0,
        )
        for shape in body.shapes:
            made.CreateFixture(
                b2FixtureDef(shape=_shape(shape), density=DENSITY, friction=FRICTION, restitution=RESTITUTION)
            )
        return made


def _shape(shape: Shape) -> b2CircleShape | b2PolygonShape:
    if isinstance(shape, Circle):
        return b2CircleShape(radius=shape.radius / PIXELS_PER_METRE)
    return b2PolygonShape(vertices=[_metres(vertex) for vertex in shape.vertices])


def _metres(point: tuple[float, float]) -> tuple[float, float]:
    return point[0] / PIXELS_PER_METRE, point[1] / PIXELS_PER_METRE
