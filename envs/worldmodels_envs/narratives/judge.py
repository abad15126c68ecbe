"""Reads shapes and places from frames, and judges whether they tell one story."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from worldmodels_envs.narratives.config import KINDS, NarrativesConfig
from worldmodels_envs.narratives.drawing import draw_patches, patch_reach
from worldmodels_envs.narratives.story import MOVER, PALETTE

Flags = npt.NDArray[np.bool_]

# A pixel has a shape's colour if it is off by less than this, of 1, on average over the channels: a shape that is
# blended half away into black is not seen, and no two colours of the palette are nearer.
_COLOUR = 0.16
# A shape is seen where its pixels and those of its colour overlap so much, intersection over union.
_SEEN = 0.5
# Two shapes are at the same place if their centres are nearer than a radius; those of different shapes are two apart.
_NEAR = 1.0


class Reading(NamedTuple):
    """What is seen of one shape in each frame: which kind, where (x, y) in px, and how well it fits, 0 to 1."""

    kinds: npt.NDArray[np.intp]
    places: npt.NDArray[np.intp]
    overlap: npt.NDArray[np.float32]


class Verdict(NamedTuple):
    """What was read in the frames at which the mover arrives.

    Attributes:
        visited: (videos, visits), the shape at which the mover was seen; -1 where it was seen at none.
        seen: (videos, visits), whether all other shapes were seen at their places, but the one that is covered.
        kinds: (videos, visits), the share of the shapes seen that have their own kind.
        complete: (videos,), whether every shape was visited once and all were seen all the time.
    """

    visited: npt.NDArray[np.intp]
    seen: Flags
    kinds: npt.NDArray[np.float64]
    complete: Flags


def judge(frames: npt.NDArray[np.uint8], truth: Mapping[str, npt.NDArray[Any]], config: NarrativesConfig) -> Verdict:
    """Judge frames of Traveling Salesman at the times of arrival: `leg`, 2 `leg`, ... after the first frame.

    Args:
        frames: uint8 (videos, visits, size, size, 3), in order.
        truth: `positions` (videos, time, shapes, 2), `colours` and `kinds` (videos, time, shapes) as `generate` gives
            them, of which only the first frame's are read.
        config: The world's; shapes are told apart by their colours, so these must not repeat, and be of one size.

    Raises:
        ValueError: Colours repeat, sizes differ, or the narrative is another.
    """
    if config.repeat or config.narrative != "traveling_salesman" or len(config.radii) > 1:
        raise ValueError("only Traveling Salesman with shapes of one size and colours that do not repeat can be judged")
    videos, visits = frames.shape[:2]
    flat = frames.reshape(-1, *frames.shape[2:])
    near = _NEAR * config.radii[0] * config.size
    homes, colours = truth["positions"][:, 0, None], truth["colours"][:, 0]
    readings = [read_shape(flat, PALETTE[colours[:, i]].repeat(visits, 0), config) for i in range(config.shapes)]
    kinds, places, overlap = (
        np.stack(part, 1).reshape(videos, visits, config.shapes, *part[0].shape[1:])
        for part in zip(*readings, strict=True)
    )
    found = overlap >= _SEEN
    gaps = np.linalg.norm(places[:, :, MOVER, None] - homes[:, :, 1:], axis=-1)
    at = found[..., MOVER] & (gaps.min(-1) < near)
    visited = np.where(at, gaps.argmin(-1) + 1, -1)
    home = found & (np.linalg.norm(places - homes, axis=-1) < near)
    others = np.arange(1, config.shapes)
    seen = (home[..., 1:] | (others == visited[..., None])).all(-1)
    right = (found & (kinds == truth["kinds"][:, :1])).sum(-1) / np.maximum(found.sum(-1), 1)
    every = (np.sort(visited, -1) == others).all(-1)
    return Verdict(visited, seen, right, every & seen.all(-1))


def read_shape(frames: npt.NDArray[np.uint8], colours: npt.NDArray[np.uint8], config: NarrativesConfig) -> Reading:
    """Find the shape of a colour (frames, 3), of the configuration's only size, in frames (frames, size, size, 3).

    First the place where most of that colour is, with nothing of it around; then the kind whose edges fit best there.
    """
    radius, size = config.radii[0] * config.size, config.size
    reach = patch_reach(config.radii, size)
    dye = colours[:, None, None].astype(np.float32)
    off = np.abs(frames.astype(np.float32) - dye).mean(-1) / 255
    marked = (off < _COLOUR).astype(np.float32)
    disc = draw_patches(np.zeros(1, np.intp), np.array([radius]), np.zeros((1, 2)), reach)[0] > 0.5
    overlap = _overlap(np.pad(marked, ((0, 0), (reach, reach), (reach, reach))), disc, size)
    best = overlap.reshape(len(frames), -1).argmax(1)
    rows, (row, column) = np.arange(len(frames)), np.unravel_index(best, (size, size))
    places = np.stack([column, row], -1)
    # Share of the colour in each pixel on black, whatever else is there: the projection on the colour.
    shares = (frames * dye).sum(-1) / (dye * dye).sum(-1)
    around = np.pad(np.where(off < 1, shares, 0), ((0, 0), (reach, reach), (reach, reach)))
    side = np.arange(2 * reach + 1)
    windows = around[rows[:, None, None], (row[:, None] + side)[:, :, None], (column[:, None] + side)[:, None]]
    return Reading(_fitting_kinds(windows, radius, reach), places, overlap[rows, row, column])


def _overlap(marked: npt.NDArray[np.float32], mask: Flags, size: int) -> npt.NDArray[np.float32]:
    """Return intersection over union of a mask at every pixel with all that is marked (frames, padded by it)."""
    shared = np.zeros((len(marked), size, size), dtype=np.float32)
    for y, x in np.argwhere(mask):
        shared += marked[:, y : y + size, x : x + size]
    union = marked.sum((1, 2))[:, None, None] + mask.sum() - shared
    return np.asarray(shared / union, dtype=np.float32)


def _fitting_kinds(windows: npt.NDArray[Any], radius: float, reach: int) -> npt.NDArray[np.intp]:
    """Return the kind whose picture is nearest to each window, at any offset of up to a pixel."""
    steps = np.linspace(-1, 1, 9)
    offsets = np.stack(np.meshgrid(steps, steps), -1).reshape(-1, 2)
    kinds = np.arange(len(KINDS)).repeat(len(offsets))
    pictures = draw_patches(kinds, np.full(len(kinds), radius), np.tile(offsets, (len(KINDS), 1)), reach)
    flat, seen = pictures.reshape(len(pictures), -1), windows.reshape(len(windows), -1)
    distances = (flat**2).sum(1) - 2 * seen @ flat.T
    fitting: npt.NDArray[np.intp] = kinds[distances.argmin(1)]
    return fitting
