"""Snitch baselines that learn nothing: chance, the last seen cell, a tracker told who is inside whom.

Each takes an episode as `episodes` yields it and returns scores over the 36 cells.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from worldmodels_envs.cater.camera import unproject
from worldmodels_envs.cater.catalogue import LIFTS
from worldmodels_envs.cater.evaluation import VISIBLE
from worldmodels_envs.cater.labels import CELLS, cell_centres
from worldmodels_envs.cater.timeline import outermost

Arrays = dict[str, npt.NDArray[Any]]
Floats = npt.NDArray[np.float64]

# Where the middle of an object's silhouette lies above the ground, as a share of twice its radius.
CONE_MIDDLE = 0.42


def chance(rng: np.random.Generator) -> Floats:
    """Return random scores (36,)."""
    return rng.random(CELLS)


def last_seen(episode: Arrays) -> Floats:
    """Return scores (36,) for where the snitch truly was when it was last seen.

    Needs `positions` and `visibility`. A snitch that was never seen is guessed in the middle of the arena.
    """
    seen = np.flatnonzero(episode["visibility"] >= VISIBLE)
    return near(episode["positions"][seen[-1], 0, :2] if len(seen) else np.zeros(2))


def track(episode: Arrays) -> Floats:
    """Return scores (36,) for the true place of what was last seen of the snitch, or of the cone around it.

    Needs `masks`, `inside` and `positions`. An upper bound: only a snitch that moves unseen beside its cone,
    hidden by another object up to the end, is missed.
    """
    frame, thing = _last_shown(episode)
    return near(episode["positions"][frame, thing, :2])


def track_pixels(episode: Arrays) -> Floats:
    """Return scores (36,) as `track`, but with the place read off the masks.

    Needs `masks`, `inside`, `camera` and `radii`. The place is where the ray through the middle of the
    silhouette meets the height of the middle, so it gets better with the size of the frames.
    """
    frame, thing = _last_shown(episode)
    mask = episode["masks"][frame] == thing
    if not mask.any():
        return near(np.zeros(2))
    return near(_foot(mask, thing, episode["radii"], episode["camera"][frame]))


def near(point: npt.NDArray[Any]) -> Floats:
    """Return scores (36,) that fall with a cell's distance from a world point (x, y)."""
    return np.asarray(-np.linalg.norm(cell_centres() - point, axis=-1))


def _last_shown(episode: Arrays) -> tuple[int, int]:
    """Return the last frame on which the snitch or the outermost cone around it is seen, and which it is."""
    shown = outermost(episode["inside"])[:, 0]
    seen = (episode["masks"] == shown[:, None, None]).any((1, 2))
    frame = int(np.flatnonzero(seen)[-1]) if seen.any() else 0
    return frame, int(shown[frame])


def _foot(
    mask: npt.NDArray[np.bool_], thing: int, radii: npt.NDArray[Any], eye: npt.NDArray[Any]
) -> npt.NDArray[np.float64]:
    """Return the world (x, y) under a silhouette: the snitch's if thing is 0, else a cone's."""
    rows, columns = np.nonzero(mask)
    if thing == 0:
        pixel, level = np.array([columns.mean(), rows.mean()]) + 0.5, radii[0] + LIFTS["spl"]
    else:
        middle = (np.array([columns.min() + columns.max(), rows.min() + rows.max()]) + 1) / 2
        pixel, level = middle, CONE_MIDDLE * (2 * radii[thing] + LIFTS["cone"])
    return unproject(pixel, level, eye.astype(np.float64), *mask.shape)
