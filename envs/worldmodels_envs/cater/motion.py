"""How objects move: the shares of the way and the heights of each action, and when paths collide."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from worldmodels_envs.cater.camera import Floats
from worldmodels_envs.cater.scene import EXTENT, MIN_GAP

PICK_HEIGHT = 2.0
QUARTER_TURN = np.pi / 2
SLIDE, PICK_PLACE, ROTATE, CONTAIN, NO_OP = "_slide", "_pick_place", "_rotate", "_contain", "_no_op"


@functools.cache
def progress(action: str, length: int, window: int) -> tuple[Floats, Floats]:
    """Return the share of the horizontal way done and the height above rest, each (window,).

    Pick-and-place and contain rise 2 units in the first fifth, travel until the last fifth, then come down.

    Args:
        action: What the object does.
        length: Frames of the action.
        window: Frames to return; after the action the object stands still.
    """
    times = np.arange(window)
    if action == SLIDE:
        return np.interp(times, [0, length - 1], [0.0, 1.0]), np.zeros(window)
    if action in (ROTATE, NO_OP):
        return np.zeros(window), np.zeros(window)
    up, over = int(0.2 * length), int(0.8 * length)
    share = np.interp(times, [up + 1, over], [0.0, 1.0])
    height = np.interp(times, [0, up, over + 1, length - 1], [0.0, PICK_HEIGHT, PICK_HEIGHT, 0.0])
    return share, height


def turning(length: int) -> Floats:
    """Return the angle turned (length,) by a rotation, in radians."""
    return np.linspace(0.0, QUARTER_TURN, length)


def paths(starts: Floats, targets: Floats, share: Floats, height: Floats) -> Floats:
    """Return the places (tries, members, window, 3) of objects that share a movement.

    Args:
        starts: Centres (members, 3), one above the other.
        targets: World (x, y) (tries, 2).
        share: Share of the way done (tries, window).
        height: Height above rest (tries, window).
    """
    path = np.empty((len(targets), len(starts), share.shape[1], 3))
    way = targets[:, None, None, :] - starts[None, :, None, :2]
    path[..., :2] = starts[None, :, None, :2] + way * share[:, None, :, None]
    path[..., 2] = starts[None, :, None, 2] + height[:, None, :]
    return path


def collides(path: Floats, radii: Floats, others: Floats, other_radii: Floats) -> npt.NDArray[np.bool_]:
    """Whether moving objects come closer to others than the smallest gap, per try.

    Args:
        path: Places (tries, members, window, 3).
        radii: Radii (members,).
        others: Places (other, window, 3).
        other_radii: Radii (other,).

    Returns:
        (tries,).
    """
    apart = path[:, :, None] - others
    squared = np.einsum("...k,...k->...", apart, apart)
    reach = radii[:, None] + other_radii + MIN_GAP
    return np.asarray((squared < (reach * reach)[None, :, :, None]).any((1, 2, 3)))


def random_targets(rng: np.random.Generator, tries: int) -> Floats:
    """Draw targets (tries, 2) in the square of the arena."""
    return rng.uniform(-EXTENT, EXTENT, (tries, 2))
