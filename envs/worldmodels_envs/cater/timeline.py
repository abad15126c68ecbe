"""What happens in a video: every object's place, turn and container on every frame, and its actions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from worldmodels_envs.cater.camera import Floats
from worldmodels_envs.cater.motion import CONTAIN, PICK_PLACE

OUTSIDE = -1


class Movement(NamedTuple):
    """An action as CATER lists it: its name, the instance it puts a cone over, first and last frame."""

    action: str
    other: str | None
    start: int
    end: int


class Timeline(NamedTuple):
    """The course of a video of n objects.

    Fields: places (frames, n, 3), centres in world units; turns (frames, n), angle about the object's own y
    axis in radians; inside (frames, n), the object directly around this one or -1; movements, n lists.
    """

    places: Floats
    turns: Floats
    inside: npt.NDArray[np.int8]
    movements: tuple[list[Movement], ...]


def containment(movements: dict[str, list[Movement]], instances: list[str], frames: int) -> npt.NDArray[np.int8]:
    """Return which object is directly around which (frames, n), -1 where none is.

    A cone is around another object from the last frame of its contain action until the frame on which a
    pick-and-place lifts it again. (CATER's own check for collisions counts the whole contain action.)
    """
    inside = np.full((frames, len(instances)), OUTSIDE, dtype=np.int8)
    place = {name: index for index, name in enumerate(instances)}
    for name, moves in movements.items():
        lifts = sorted(move.start for move in moves if move.action == PICK_PLACE)
        for move in moves:
            if move.action == CONTAIN and move.other is not None:
                until = next((frame for frame in lifts if frame >= move.end), frames - 1)
                inside[move.end : until + 1, place[move.other]] = place[name]
    return inside


def outermost(inside: npt.NDArray[np.int8]) -> npt.NDArray[np.intp]:
    """Return the object that is seen instead of each one (frames, n): the outermost cone, or itself."""
    every = np.arange(inside.shape[1])
    shown = np.broadcast_to(every, inside.shape)
    for _ in every:
        around = np.take_along_axis(inside, shown, axis=1)
        if (around == OUTSIDE).all():
            break
        shown = np.where(around == OUTSIDE, shown, around)
    return np.asarray(shown, dtype=np.intp)
