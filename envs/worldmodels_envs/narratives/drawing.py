"""Circles, squares, triangles and pentagons with soft edges, all frames at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from worldmodels_envs.narratives.config import KINDS
from worldmodels_envs.narratives.story import Floats, Ints

Singles = npt.NDArray[np.float32]

# The number of edges of each kind; a circle has none. The first edge faces down.
_EDGES = {"circle": 0, "square": 4, "triangle": 3, "pentagon": 5}
# How far the corners of a triangle are from its centre, in radii of a circle of the same area: 1.56.
_REACH = 1.6


def patch_reach(radii: Any, size: int) -> int:
    """How many pixels on each side of the nearest one the largest shape, of radii in widths of the frame, covers."""
    return int(np.ceil(_REACH * max(radii) * size + 0.5))


def draw_patches(kinds: Ints, radii: Floats, offsets: Floats, reach: int) -> Singles:
    """Return how much of each pixel around shapes they cover.

    Args:
        kinds: (things,), into `KINDS`.
        radii: (things,), of a circle of the same area, px.
        offsets: (things, 2), of the centres from the middle of the patch, px as (x, y).
        reach: Pixels on each side of the middle one.

    Returns:
        (things, side, side) in [0, 1], where side is 2 reach + 1.
    """
    axis = np.arange(-reach, reach + 1, dtype=np.float32)
    x = axis[None, None, :] - offsets[:, 0, None, None].astype(np.float32)
    y = axis[None, :, None] - offsets[:, 1, None, None].astype(np.float32)
    patches = np.empty((len(kinds), 2 * reach + 1, 2 * reach + 1), dtype=np.float32)
    for index, kind in enumerate(KINDS):
        rows = np.flatnonzero(kinds == index)
        patches[rows] = np.clip(0.5 - _distances(kind, x[rows], y[rows], radii[rows]), 0, 1)
    return patches


def draw_frames(
    kinds: Ints, radii: Floats, centres: Floats, colours: npt.NDArray[np.uint8], size: int, reach: int
) -> npt.NDArray[np.uint8]:
    """Paint shapes on black, the first one on top.

    Args:
        kinds: (frames, things), into `KINDS`.
        radii: (frames, things), px.
        centres: (frames, things, 2), px as (x, y).
        colours: (frames, things, 3).
        size: Height and width of a frame, px.
        reach: As `patch_reach` gives it.
    """
    count, things = kinds.shape
    middles = np.rint(centres).astype(np.intp)
    patches = draw_patches(kinds.ravel(), radii.ravel(), (centres - middles).reshape(-1, 2), reach)
    patches = patches.reshape(count, things, *patches.shape[1:])
    # A margin takes what reaches beyond the frame; it is cut off at the end.
    frames = np.zeros((count, size + 2 * reach, size + 2 * reach, 3), dtype=np.float32)
    rows, side = np.arange(count)[:, None, None], np.arange(2 * reach + 1)
    for thing in reversed(range(things)):
        place = (rows, (middles[:, thing, 1, None] + side)[:, :, None], (middles[:, thing, 0, None] + side)[:, None])
        under = frames[place]
        cover = patches[:, thing, :, :, None]
        frames[place] = under + cover * (colours[:, thing, None, None].astype(np.float32) - under)
    return np.rint(frames[:, reach:-reach, reach:-reach]).astype(np.uint8)


def _distances(kind: str, x: Singles, y: Singles, radii: Floats) -> Singles:
    """Return signed distances from a shape's edge, negative inside."""
    radius = radii.astype(np.float32)[:, None, None]
    edges = _EDGES[kind]
    if not edges:
        rim: Singles = np.sqrt(x * x + y * y) - radius
        return rim
    # A regular polygon of apothem a has the area edges * tan(pi / edges) * a^2.
    apothem = radius * np.float32(np.sqrt(np.pi / (edges * np.tan(np.pi / edges))))
    angles = np.pi / 2 + 2 * np.pi * np.arange(edges) / edges
    furthest = np.full(np.broadcast_shapes(x.shape, y.shape), -np.inf, dtype=np.float32)
    for angle in angles:
        np.maximum(furthest, x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle)), out=furthest)
    rim = furthest - apothem
    return rim
