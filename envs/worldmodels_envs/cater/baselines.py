"""Snitch baselines that learn nothing: chance, the last seen cell, and a tracker that is told who is inside whom.

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
    """Return scores (36,) for where the masks show the snitch, or the outermost cone that is around it.

    Needs `masks`, `inside`, `camera` and `radii`; places come from the pictures alone, by the ray through the
    middle of a silhouette. While neither is seen, the last place stands.
    """
    shown = outermost(episode["inside"])[:, 0]
    for frame in range(len(shown) - 1, -1, -1):
        mask = episode["masks"][frame] == shown[frame]
        if mask.any():
            return near(_foot(mask, int(shown[frame]), episode["radii"], episode["camera"][frame]))
    return near(np.zeros(2))


def near(point: npt.NDArray[Any]) -> Floats:
    """Return scores (36,) that fall with a cell's distance from a world point (x, y)."""
    return -np.linalg.norm(cell_centres() - point, axis=-1)


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
