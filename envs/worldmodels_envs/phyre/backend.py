"""Where the environments' puzzles and outcomes come from: this package, or the original `phyre`."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmodels_envs.names import known_name
from worldmodels_envs.phyre.action import SMALLEST, complaint, encode, fits, place, valid
from worldmodels_envs.phyre.attempt import Status
from worldmodels_envs.phyre.level import load_levels
from worldmodels_envs.phyre.raster import PALETTE, Painter, render
from worldmodels_envs.phyre.scene import SIDE, Scene
from worldmodels_envs.phyre.simulation import ENGINES, simulate
from worldmodels_envs.phyre.splits import named_part
from worldmodels_envs.phyre.tasks import chosen, solution, task, task_ids

Image = NDArray[np.uint8]
SHIPPED_BODIES = 63
"""No shipped puzzle has more; counting those of all 2,500 would take seconds."""


class Attempt(NamedTuple):
    """One attempt.

    Attributes:
        status: how it ended.
        reason: why an invalid action is invalid.
        frames: images at steps 0, stride, 2 stride, ..., (frame, size, size, 3); None without a stride.
        poses: what they show, (frame, body, 3); None without a stride and where the original runs.
        steps: physics steps until the verdict; None where the original does not say.
    """

    status: Status
    reason: str = ""
    frames: Image | None = None
    poses: NDArray[np.float32] | None = None
    steps: int | None = None


class Backend(Protocol):
    """Puzzles by id, their first images, and what actions do to them."""

    ids: Sequence[str]
    most_bodies: int
    """The most that a scene has, the ball that is placed among them."""

    def image(self, id: str, size: int) -> Image:
        """The scene before any action, (size, size, 3)."""

    def image_with(self, id: str, action: NDArray[np.float64], size: int) -> Image:
        """The scene with the ball of a valid action, (size, size, 3)."""

    def run(self, id: str, action: NDArray[np.float64], size: int, stride: int | None) -> Attempt:
        """Try an action; a stride asks for images."""

    def solution(self, id: str) -> NDArray[np.float64] | None:
        """An action known to solve a puzzle, or None."""

    def valid_actions(self, id: str) -> NDArray[np.float64]:
        """Some actions (action, 3) that are valid, at least one."""


class OwnBackend:
    """The shipped puzzles, or levels of one's own, by our engines.

    Args:
        tasks: ids of shipped puzzles; all by default. A template's id stands for all its variations.
        levels: scenes, or a JSON file of them, in place of shipped puzzles.
        engine: "pymunk" or "box2d".
    """

    def __init__(
        self,
        tasks: Sequence[str] | None = None,
        levels: Sequence[Scene] | str | Path | None = None,
        engine: str = "pymunk",
    ) -> None:
        if tasks is not None and levels is not None:
            raise ValueError("give tasks or levels, not both")
        read = load_levels(levels) if isinstance(levels, str | Path) else levels
        scenes = list(read) if isinstance(read, Iterable) else [] if read is None else [read]
        if odd := [scene for scene in scenes if not isinstance(scene, Scene)]:
            raise ValueError(f"levels are scenes, or the JSON file of some; got {odd[0]!r:.80}")
        self._levels = {scene.name or f"level {index}": scene for index, scene in enumerate(scenes)}
        if levels is not None and not self._levels:
            raise ValueError("levels holds no level; give at least one, or leave it out for the shipped puzzles")
        for id, scene in self._levels.items():
            if not len(smallest_balls(scene)):
                raise ValueError(f"{id}: no ball fits between its bodies, so nobody could act")
        self.ids: Sequence[str] = tuple(self._levels) or chosen(task_ids(), tasks)
        self.most_bodies = 1 + max((len(scene.bodies) for scene in self._levels.values()), default=SHIPPED_BODIES)
        self.engine = engine

    def scene(self, id: str) -> Scene:
        """The scene of a puzzle."""
        return self._levels[id] if self._levels else task(id)

    def image(self, id: str, size: int) -> Image:
        """The scene before any action, (size, size, 3)."""
        return render(self.scene(id), size=size)

    def image_with(self, id: str, action: NDArray[np.float64], size: int) -> Image:
        """The scene with the ball of a valid action, (size, size, 3)."""
        return render(place(self.scene(id), action), size=size)

    def run(self, id: str, action: NDArray[np.float64], size: int, stride: int | None) -> Attempt:
        """Try an action; a stride asks for images."""
        scene = self.scene(id)
        if not valid(scene, action)[0]:
            return Attempt(Status.INVALID, complaint(scene, action))
        placed = place(scene, action)
        outcome = simulate(placed, self.engine, stride=stride)
        status = Status.SOLVED if outcome.solved else Status.NOT_SOLVED
        if outcome.trace is None:
            return Attempt(status, steps=outcome.steps)
        return Attempt(status, "", Painter(placed, size).video(outcome.trace), outcome.trace, outcome.steps)

    def solution(self, id: str) -> NDArray[np.float64] | None:
        """The known solution of a shipped puzzle; None for levels of one's own."""
        return None if self._levels else encode(solution(id))

    def valid_actions(self, id: str) -> NDArray[np.float64]:
        """Actions (action, 3) that are valid: those of the smallest ball."""
        return smallest_balls(self.scene(id))


def smallest_balls(scene: Scene) -> NDArray[np.float64]:
    """The actions (action, 3) of all places at which the smallest ball fits."""
    places = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), -1).reshape(-1, 2)
    balls = np.column_stack([places, np.full(len(places), SMALLEST)])
    return encode(balls[fits(scene, balls)])


class OriginalBackend:
    """The puzzles and the simulator of the `phyre` package; images are turned to ours in size and direction.

    Args:
        tasks: ids of its ball tier; all by default. A template's id stands for all its variations.
    """

    def __init__(self, tasks: Sequence[str] | None = None) -> None:
        self._phyre = importlib.import_module("phyre")
        every = tuple(sorted(id for part in self._phyre.get_fold("ball_within_template", 0) for id in part))
        self.ids: Sequence[str] = chosen(every, tasks)
        self.most_bodies = 0  # it tells of no poses
        self._simulator = self._phyre.initialize_simulator(list(self.ids), "ball")

    def image(self, id: str, size: int) -> Image:
        """The scene before any action, (size, size, 3)."""
        return self._picture(self._simulator.initial_scenes[self.ids.index(id)], size)

    def image_with(self, id: str, action: NDArray[np.float64], size: int) -> Image:
        """The scene with the ball of a valid action, (size, size, 3)."""
        frames = self.run(id, action, size, stride=60).frames
        if frames is None:
            raise ValueError(f"action {action.tolist()} is invalid on {id}")
        return np.asarray(frames[0])

    def run(self, id: str, action: NDArray[np.float64], size: int, stride: int | None) -> Attempt:
        """Try an action; a stride asks for images."""
        result = self._simulator.simulate_action(
            self.ids.index(id), action, need_images=stride is not None, stride=stride or 60
        )
        if result.status.is_invalid():
            return Attempt(Status.INVALID, "its ball overlaps a body or is not wholly inside the scene")
        status = Status.SOLVED if result.status.is_solved() else Status.NOT_SOLVED
        if stride is None:
            return Attempt(status)
        return Attempt(status, frames=np.stack([self._picture(ids, size) for ids in result.images]))

    def valid_actions(self, id: str) -> NDArray[np.float64]:
        """Actions (action, 3) that are valid: the one that solves the puzzle, where it is known."""
        known = self.solution(id)
        if known is None:
            raise ValueError(f"no valid action of {id} was found")
        return known[None]

    def solution(self, id: str) -> NDArray[np.float64] | None:
        """None: the original keeps no solutions beside its puzzles."""
        return None

    def _picture(self, ids: NDArray[np.integer[Any]], size: int) -> Image:
        rgb = np.ascontiguousarray(PALETTE[ids[::-1]])
        return np.asarray(cv2.resize(rgb, (size, size), interpolation=cv2.INTER_AREA), np.uint8)


def make_backend(
    backend: str = "auto",
    tasks: Sequence[str] | None = None,
    levels: Sequence[Scene] | str | Path | None = None,
    engine: str = "pymunk",
    part: str | None = None,
) -> Backend:
    """The backend "own" or "original"; "auto" is the original where `phyre` is installed, but for levels.

    A part of a fold, such as "within/0/train", leaves those of the tasks that are in it.
    """
    known_name(backend, ("auto", "own", "original"), "backend")
    known_name(engine, ENGINES, "engine")
    if part is not None:
        tasks = _in_part(part, tasks, levels)
    installed = importlib.util.find_spec("phyre") is not None
    if backend == "original" or (backend == "auto" and installed and levels is None):
        return OriginalBackend(tasks)
    return OwnBackend(tasks, levels, engine)


def _in_part(part: str, tasks: Sequence[str] | None, levels: object) -> tuple[str, ...]:
    if not isinstance(part, str):
        raise ValueError(f"part is {part!r:.80}, must be a name such as 'within/0/train'")
    if levels is not None:
        raise ValueError("levels of one's own are in no part of a fold; leave part or levels out")
    return chosen(named_part(part), tasks)
