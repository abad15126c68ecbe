"""A scene set in motion, engine apart: time, contact held, verdict, and the poses on the way."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from worldmodels_envs.names import known_name
from worldmodels_envs.phyre.scene import Body, Circle, Scene

FPS = 60
MAX_STEPS = 1000
HOLD_STEPS = 180
"""Three seconds of unbroken contact solve a puzzle."""
GRAVITY = -9.8
PIXELS_PER_METRE = 6.0
DENSITY = 0.25
FRICTION = 0.5
RESTITUTION = 0.2
ANGULAR_DAMPING = 0.01
BALL_TOUCH_MARGIN = 0.1
"""Two balls touch when their gap is below this many pixels."""
REST_STEPS = 30

ENGINES = {
    "pymunk": ("worldmodels_envs.phyre.pymunk_engine", "PymunkSimulation", "pymunk", "phyre"),
    "box2d": ("worldmodels_envs.phyre.box2d_engine", "Box2DSimulation", "Box2D", "phyre-box2d"),
}


class Simulated(NamedTuple):
    """How one simulation ended.

    Attributes:
        solved: whether the two goal bodies touched for three unbroken seconds.
        steps: physics steps until the verdict, at most the limit.
        trace: poses (frame, body, 3) at steps 0, stride, 2 stride, ...; None where no stride was asked for.
    """

    solved: bool
    steps: int
    trace: NDArray[np.float32] | None


class Simulation(ABC):
    """A world of one scene, stepped at 60 Hz until it is solved or the time is over.

    Attributes:
        scene: what it was made from.
        time: physics steps done.
        held: unbroken steps of contact up to now.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.time = 0
        self.held = 0

    @property
    def solved(self) -> bool:
        """Whether contact has held for three seconds."""
        return self.held >= HOLD_STEPS

    def advance(self, steps: int) -> None:
        """Do up to `steps` physics steps, fewer when the puzzle is solved on the way."""
        for _ in range(steps):
            self._step()
            self.time += 1
            self.held = self.held + 1 if self._touching() else 0
            if self.held >= HOLD_STEPS:
                return

    @abstractmethod
    def poses(self) -> NDArray[np.float64]:
        """Current x, y (pixels) and angle (radians) of every body, shape (body, 3)."""

    @abstractmethod
    def at_rest(self) -> bool:
        """Whether nothing moves any more, so that more steps change nothing."""

    @abstractmethod
    def _step(self) -> None:
        """One step of 1/60 s."""

    @abstractmethod
    def _touching(self) -> bool:
        """Whether the goal bodies touch now."""


def make_simulation(scene: Scene, engine: str = "pymunk") -> Simulation:
    """A simulation of the scene by the named engine, "pymunk" or "box2d".

    Raises:
        ValueError: for an unknown engine.
        ImportError: when the engine's package is missing, with the command that installs it.
    """
    module, name, package, extra = ENGINES[known_name(engine, ENGINES, "engine")]
    try:
        made: Simulation = getattr(importlib.import_module(module), name)(scene)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        raise ImportError(
            f"engine '{engine}' needs {package}: pip install 'worldmodels-envs[{extra}]'", name=package
        ) from error
    return made


def simulate(scene: Scene, engine: str = "pymunk", max_steps: int = MAX_STEPS, stride: int | None = None) -> Simulated:
    """Run a scene to its verdict.

    It stops when solved, and as soon as the verdict cannot change: at rest, or too late for three seconds of
    contact. A trace goes on to rest, or to the end, all the same.

    Args:
        scene: the scene, balls placed.
        engine: "pymunk" or "box2d".
        max_steps: physics steps at most, 60 a second.
        stride: steps between two poses of the trace; None keeps no trace.
    """
    simulation = make_simulation(scene, engine)
    trace = None if stride is None else [simulation.poses()]
    while simulation.time < max_steps and not simulation.solved:
        if trace is None and simulation.held + max_steps - simulation.time < HOLD_STEPS:
            return Simulated(False, max_steps, None)
        simulation.advance(min(stride or REST_STEPS, max_steps - simulation.time))
        if trace is not None:
            trace.append(simulation.poses())
        if not simulation.solved and simulation.at_rest():
            break
    solved, steps = _verdict(simulation, max_steps)
    return Simulated(solved, steps, None if trace is None else np.array(trace, dtype=np.float32))


def _verdict(simulation: Simulation, max_steps: int) -> tuple[bool, int]:
    """Solved or not and at which step, a world at rest keeping the contact it has."""
    if simulation.solved:
        return True, simulation.time
    missing = HOLD_STEPS - simulation.held
    if simulation.held and simulation.time + missing <= max_steps:
        return True, simulation.time + missing
    return False, max_steps


def ball_reach(first: Body, second: Body) -> float | None:
    """Centre distance in pixels below which two balls touch; None unless both bodies are single discs."""
    a, b = first.shapes[0], second.shapes[0]
    if not (first.is_ball and second.is_ball and isinstance(a, Circle) and isinstance(b, Circle)):
        return None
    return a.radius + b.radius + BALL_TOUCH_MARGIN
