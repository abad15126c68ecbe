"""Impossible events in PHYRE-like puzzles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from worldmodels_envs.impossible.pairs import KINDS, Pairs, check_counts
from worldmodels_envs.phyre.action import fits, place, valid
from worldmodels_envs.phyre.scene import SIDE, Circle, Color, Scene
from worldmodels_envs.phyre.simulation import simulate
from worldmodels_envs.phyre.tasks import chosen, task, task_ids

Frames = npt.NDArray[np.uint8]
Poses = npt.NDArray[np.floating[Any]]

# Lengths as in the puzzles: px of a scene of 256.
_JUMP = 40.0
_SEEN = 12.0
_MOVED = 2.0
_GONE_THROUGH = 12.0
_OUT_OF_SIGHT = -1000.0
_SECONDS = 10


def phyre(
    pairs: int = 200,
    length: int = 6,
    time: int = 4,
    seed: int = 0,
    *,
    tasks: Sequence[str] | None = None,
    size: int = 64,
    stride: int = 15,
    engine: str = "pymunk",
) -> Pairs:
    """Make pairs of videos of puzzles with a ball placed at random; each kind has the same number, up to one.

    One moving ball does the impossible: it is suddenly at least 40 px of 256 elsewhere; vanishes; has the colour of
    another kind of body; or goes through a static body that it would have met, for which the physics ran without that
    body, which is drawn all the same.

    Args:
        pairs: How many, at least 1.
        length: Frames of each video.
        time: The frame that the event leads to, 1..length - 1.
        seed: At least 0.
        tasks: ids of puzzles or templates; all by default.
        size: Height and width of the frames, px.
        stride: Physics steps (60 a second) between two frames.
        engine: "pymunk" or "box2d".

    Raises:
        ValueError: A number is out of range, or a task is unknown.
        ImportError: The engine's package is not installed.
    """
    check_counts(pairs, length, time)
    ids = chosen(task_ids(), tasks)
    rng = np.random.default_rng(seed)
    videos: list[tuple[Frames, Frames]] = []
    while len(videos) < pairs:
        attempt = _Attempt(task(ids[int(rng.integers(len(ids)))]), rng, stride, engine, length, time)
        pair = attempt.broken(KINDS[len(videos) % len(KINDS)], size)
        if pair is not None:
            videos.append(pair)
    possible, impossible = (np.stack(part) for part in zip(*videos, strict=True))
    return Pairs(possible, impossible, (np.arange(pairs) % len(KINDS)).astype(np.int8), time)


class _Attempt:
    """One puzzle with one ball placed at random, and what happens in it."""

    def __init__(
        self, scene: Scene, rng: np.random.Generator, stride: int, engine: str, length: int, time: int
    ) -> None:
        self.rng, self.stride, self.engine, self.length, self.time = rng, stride, engine, length, time
        actions = rng.random((64, 3))
        fit = np.flatnonzero(valid(scene, actions))
        self.scene = place(scene, actions[fit[0]]) if len(fit) else scene
        self.balls = [index for index, body in enumerate(self.scene.bodies) if body.dynamic and body.is_ball]
        self.poses = self._run(self.scene)

    def _run(self, scene: Scene) -> Poses:
        """Poses (frame, body, 3) of some seconds; a world at rest stays as it is."""
        trace = simulate(scene, self.engine, max_steps=60 * _SECONDS, stride=self.stride).trace
        assert trace is not None
        return np.concatenate([trace, np.repeat(trace[-1:], self.length, axis=0)])

    def broken(self, kind: str, size: int) -> tuple[Frames, Frames] | None:
        """Both videos, or None where nothing in this attempt can do it."""
        from worldmodels_envs.phyre.raster import Painter

        found = self._through() if kind == "wall" else self._moving()
        if found is None:
            return None
        event, ball, poses = found
        clip = slice(event - self.time, event - self.time + self.length)
        painter, changed = Painter(self.scene, size), poses[clip][self.time :].copy()
        before, scene = painter.video(self.poses[clip]), self.scene
        if kind == "colour":
            scene = self._dyed(ball)
        elif kind == "vanish":
            changed[:, ball, :2] = _OUT_OF_SIGHT
        elif kind == "jump":
            target = self._elsewhere(changed[0], ball)
            if target is None:
                return None
            changed[:, ball, :2] += target - changed[0, ball, :2]
        after = Painter(scene, size).video(changed)
        return before, np.concatenate([before[: self.time], after])

    def _moving(self) -> tuple[int, int, Poses] | None:
        """A frame with enough before and after it, a ball that moves in it and is wholly seen, and all poses."""
        frames = np.arange(self.time, len(self.poses) - self.length + self.time)
        places = self.poses[:, self.balls, :2]
        far = np.linalg.norm(places[frames] - places[frames - 1], axis=2) > _MOVED
        seen = ((places[frames] > _SEEN) & (places[frames] < SIDE - _SEEN)).all(2)
        options = np.argwhere(far & seen)
        if not len(options):
            return None
        frame, ball = options[int(self.rng.integers(len(options)))]
        return int(frames[frame]), self.balls[ball], self.poses

    def _dyed(self, ball: int) -> Scene:
        """The scene with a ball in the colour of another kind of moving body."""
        bodies = list(self.scene.bodies)
        colours = (Color.RED, Color.GREEN, Color.BLUE, Color.GRAY)
        others = [colour for colour in colours if colour != bodies[ball].color]
        bodies[ball] = replace(bodies[ball], color=others[int(self.rng.integers(len(others)))])
        return replace(self.scene, bodies=tuple(bodies))

    def _elsewhere(self, poses: Poses, ball: int) -> npt.NDArray[np.float64] | None:
        """A free place (2,) far enough away from a ball, if there is one."""
        moved = tuple(
            replace(body, position=(float(x), float(y)), angle=float(angle))
            for body, (x, y, angle) in zip(self.scene.bodies, poses, strict=True)
        )
        (disc,) = self.scene.bodies[ball].shapes
        assert isinstance(disc, Circle)
        places = np.column_stack([self.rng.uniform(0, SIDE, (64, 2)), np.full(64, disc.radius)])
        far = np.linalg.norm(places[:, :2] - poses[ball, :2], axis=1) >= _JUMP
        free = places[far & fits(replace(self.scene, bodies=moved), places)]
        return free[0, :2] if len(free) else None

    def _through(self) -> tuple[int, int, Poses] | None:
        """The frame in which a ball has first gone through a static body, the ball, and the poses of that course."""
        scene = self.scene
        static = [i for i, body in enumerate(scene.bodies) if not body.dynamic and 0 <= min(body.box)]
        for index in self.rng.permutation([i for i in static if i not in scene.goal]):
            bodies = scene.bodies[:index] + scene.bodies[index + 1 :]
            first, second = (i - (i > index) for i in scene.goal)
            run = self._run(replace(scene, bodies=bodies, goal=(first, second)))
            poses = np.insert(run, index, self.poses[0, index], axis=1)
            frames = min(len(poses), len(self.poses))
            apart = np.linalg.norm((poses[:frames] - self.poses[:frames])[:, self.balls, :2], axis=2)
            met = np.flatnonzero((apart > _GONE_THROUGH).any(1))
            if len(met) and self.time <= met[0] <= frames - self.length + self.time:
                return int(met[0]), self.balls[int(apart[met[0]].argmax())], poses
        return None
