"""CATER's schedule: segments in which objects act, singly or one cone over another, without collisions."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from worldmodels_envs.cater.camera import Floats
from worldmodels_envs.cater.catalogue import TURNABLE, can_contain
from worldmodels_envs.cater.motion import (
    CONTAIN,
    NO_OP,
    PICK_PLACE,
    ROTATE,
    SLIDE,
    collides,
    paths,
    progress,
    random_targets,
    turning,
)
from worldmodels_envs.cater.scene import MIN_GAP, CaterScene
from worldmodels_envs.cater.timeline import Movement, Timeline, containment

SHORTEST, LONGEST, LATEST_START = 20, 30, 10
PAIR_TRIES = 100
# CATER gives up after more than 100 failures, which are 102 tries; here they are drawn in six batches.
BATCHES, BATCH = 6, 17


class Schedule:
    """The state of a video while its actions are being drawn.

    Args:
        rng: Source of all choices.
        scene: Where everything starts.
        max_actions: At most this many objects act in a segment; None lets all act.
    """

    def __init__(self, rng: np.random.Generator, scene: CaterScene, max_actions: int | None) -> None:
        self.rng = rng
        self.things = scene.things
        self.radii = scene.radii
        self.most = len(scene.things) if max_actions is None else max_actions
        self.last = len(scene.eyes) - 1
        self.places = np.tile(scene.places, (len(scene.eyes), 1, 1))
        self.turns = np.zeros(self.places.shape[:2])
        self.stacks = [[index] for index in range(len(scene.things))]
        self.movements: tuple[list[Movement], ...] = tuple([] for _ in scene.things)

    def run(self) -> Timeline:
        """Draw every segment."""
        frame = 0
        while frame <= self.last - LONGEST:
            act = self._contain_and_act if self.rng.random() < 0.5 else self._act
            frame = act(frame) + 1
        names = [thing.instance for thing in self.things]
        inside = containment(dict(zip(names, self.movements, strict=True)), names, len(self.places))
        return Timeline(self.places, self.turns, inside, self.movements)

    def _act(self, frame: int, busy: list[int] | None = None, most: int | None = None) -> int:
        """Let every stack act, or the first few in random order; return the last frame of an action."""
        order = [self.stacks[index] for index in self.rng.permutation(len(self.stacks))]
        order = [stack for stack in order if stack is not busy][: self.most if most is None else most]
        ends = [self._move(stack, frame) for stack in order]
        return max(ends, default=-1)

    def _contain_and_act(self, frame: int) -> int:
        """Put a cone over something, let the others act meanwhile; nothing happens when no pair is found.

        CATER tries 100 random pairs; here the same chance decides whether one of the fitting ones is met.
        """
        fitting = [pair for pair in itertools.permutations(self.stacks, 2) if self._fits(*pair)]
        pairs = len(self.stacks) * (len(self.stacks) - 1)
        if not fitting or self.rng.random() < (1 - len(fitting) / pairs) ** PAIR_TRIES:
            return frame - 1
        outer, inner = fitting[self.rng.integers(len(fitting))]
        end = self._put_over(outer, inner, frame)
        return max(end, self._act(frame, outer, self.most - 1))

    # Only the landing place is checked, as in CATER: a lifted cone passes above everything that stands.
    def _fits(self, outer: list[int], inner: list[int]) -> bool:
        if len(outer) > 1 or not can_contain(self.things[outer[0]], self.things[inner[0]]):
            return False
        others = [stack[0] for stack in self.stacks if stack is not outer and stack is not inner]
        goal = self.places[self.last, inner[0]].copy()
        goal[2] = self.places[self.last, outer[0], 2]
        apart = np.linalg.norm(self.places[self.last, others] - goal, axis=-1)
        return bool((apart - self.radii[others] - self.radii[outer[0]] >= MIN_GAP).all())

    def _put_over(self, outer: list[int], inner: list[int], frame: int) -> int:
        start, end = self._times(frame)
        goal = self.places[start, inner[0], :2]
        path = self._paths(outer, goal[None], [CONTAIN], np.zeros(1, int), start, end, frame)
        self._commit(outer, path[0], start)
        covered = self.things[inner[0]].instance
        self.movements[outer[0]].append(Movement(CONTAIN, covered, start, end))
        outer.extend(inner)
        self.stacks = [stack for stack in self.stacks if stack is not inner]
        return end

    def _move(self, stack: list[int], frame: int) -> int:
        """Draw one action of a stack that collides with nothing, or let it rest; return its last frame."""
        start, end = self._times(frame)
        action, path = self._free_action(stack, start, end, frame)
        self._commit(stack, path, start)
        if action == ROTATE:
            self._turn(stack[0], start, end)
        for rank, member in enumerate(stack):
            own = NO_OP if action == PICK_PLACE and rank > 0 else action
            self.movements[member].append(Movement(own, None, start, end))
        if action == PICK_PLACE and len(stack) > 1:
            self._split(stack)
        return end

    def _free_action(self, stack: list[int], start: int, end: int, frame: int) -> tuple[str, Floats]:
        others = [index for other in self.stacks if other is not stack for index in other]
        kinds = self._kinds(stack)
        for _ in range(BATCHES):
            chosen = self.rng.integers(len(kinds), size=BATCH)
            path = self._paths(stack, random_targets(self.rng, BATCH), kinds, chosen, start, end, frame)
            bad = self._hits(path, stack, others, start)
            if len(stack) > 1:
                bad |= self._lands_on_own(path, stack, chosen == kinds.index(PICK_PLACE))
            if not bad.all():
                first = int(bad.argmin())
                return kinds[chosen[first]], path[first]
        still = self._paths(stack, np.zeros((1, 2)), [NO_OP], np.zeros(1, int), start, end, frame)
        return NO_OP, still[0]

    def _kinds(self, stack: list[int]) -> list[str]:
        alone = len(stack) == 1 and self.things[stack[0]].shape in TURNABLE
        return [SLIDE, PICK_PLACE, ROTATE] if alone else [SLIDE, PICK_PLACE]

    def _paths(
        self,
        stack: list[int],
        targets: Floats,
        kinds: list[str],
        chosen: npt.NDArray[np.int64],
        start: int,
        end: int,
        frame: int,
    ) -> Floats:
        """Return (tries, members, window, 3) for the tries' kinds of action.

        The window reaches to where everything stands still; a pick-and-place moves the outermost cone only.
        """
        window = min(self.last, frame + LATEST_START + LONGEST) + 1 - start
        shares, heights = zip(*(progress(kind, end - start + 1, window) for kind in kinds), strict=True)
        path = paths(self.places[start, stack], targets, np.stack(shares)[chosen], np.stack(heights)[chosen])
        if len(stack) > 1 and PICK_PLACE in kinds:
            lifted = chosen == kinds.index(PICK_PLACE)
            path[lifted, 1:] = self.places[start, stack[1:]][None, :, None]
        return path

    def _hits(self, path: Floats, stack: list[int], others: list[int], start: int) -> npt.NDArray[np.bool_]:
        there = self.places[start : start + path.shape[2], others].swapaxes(0, 1)
        return collides(path, self.radii[stack], there, self.radii[others])

    def _lands_on_own(self, path: Floats, stack: list[int], lifted: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Whether a lifted cone comes down too near to what it leaves, per try."""
        apart = np.linalg.norm(path[:, 0, -1] - path[:, 1, -1], axis=-1)
        return np.asarray(lifted & (apart - self.radii[stack[:2]].sum() < MIN_GAP))

    def _commit(self, stack: list[int], path: Floats, start: int) -> None:
        window = path.shape[1]
        self.places[start : start + window, stack] = path.swapaxes(0, 1)
        self.places[start + window :, stack] = path[:, -1]

    def _turn(self, index: int, start: int, end: int) -> None:
        self.turns[start : end + 1, index] += turning(end - start + 1)
        self.turns[end + 1 :, index] = self.turns[end, index]

    def _split(self, stack: list[int]) -> None:
        rest = stack[1:]
        del stack[1:]
        self.stacks.append(rest)

    def _times(self, frame: int) -> tuple[int, int]:
        start = frame + int(self.rng.integers(LATEST_START + 1))
        return start, min(start + int(self.rng.integers(SHORTEST, LONGEST + 1)), self.last)
