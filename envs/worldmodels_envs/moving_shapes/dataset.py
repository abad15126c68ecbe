"""Moving shapes as a data set: whole videos at once, in memory, in blocks, or on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from worldmodels_envs.dataset import BLOCK_VIDEOS, Arrays, Layout, gather_blocks, make_blocks, write_blocks
from worldmodels_envs.moving_shapes.config import MovingShapesConfig, resolve_config
from worldmodels_envs.moving_shapes.dynamics import MOVES, outcomes
from worldmodels_envs.moving_shapes.simulation import MovingShapesWorld


def generate(
    config: MovingShapesConfig | str = "stochastic", videos: int = 1000, length: int = 3, seed: int = 0
) -> Arrays:
    """Make a data set in memory; three frames a video are the papers'.

    The same configuration and seed give the same bytes; fewer videos are the first of more, and shorter ones
    the beginning of longer ones.

    Args:
        config: A configuration or a variant's name.
        videos: How many videos, at least 1.
        length: Frames per video, at least 1.
        seed: At least 0.

    Returns:
        `frames` uint8 (videos, length, size, size, 3); `positions` int16 (videos, length, 1, 2), the centre in px
        as (x, y); `directions` int8 (videos, length - 1), indices into `DIRECTIONS` of the moves between frames;
        `outcomes` int16 (videos, 8, 2), the equally likely places of the second frame, px; `shapes`, `radii`,
        `colours` uint8 (videos,), indices into the configuration's palettes.

    Raises:
        ValueError: The configuration is unknown or a number is out of range.
    """
    config = resolve_config(config)
    return gather_blocks(_layout(config, videos, length), blocks(config, videos, length, seed))


def blocks(
    config: MovingShapesConfig | str = "stochastic", videos: int = 1000, length: int = 3, seed: int = 0
) -> Iterator[Arrays]:
    """Make the same data set piece by piece, `BLOCK_VIDEOS` videos at a time; arguments as in `generate`."""
    config = resolve_config(config)
    return make_blocks(lambda rng, count: _make_block(config, rng, count, length), videos, length, seed)


def write(
    folder: str | Path,
    config: MovingShapesConfig | str = "stochastic",
    videos: int = 1000,
    length: int = 3,
    seed: int = 0,
) -> Path:
    """Make the same data set on disk, never holding more than a block in memory; arguments as in `generate`.

    Returns:
        The folder: one `.npy` file per array, to open with `numpy.load(..., mmap_mode="r")`, and
        `config.json`, written last, so that a folder without it is one whose writing was cut short.

    Raises:
        FileExistsError: The folder is there and not empty.
    """
    config = resolve_config(config)
    pieces = blocks(config, videos, length, seed)
    return write_blocks(folder, _layout(config, videos, length), pieces, config, videos, length, seed)


def _make_block(config: MovingShapesConfig, rng: np.random.Generator, videos: int, length: int) -> Arrays:
    world = MovingShapesWorld(config, BLOCK_VIDEOS)
    world.reset(rng)
    ways = outcomes(world.positions, config.step, *world.room())
    walked = [(world.positions, world.directions)]
    for _ in range(length - 1):
        world.step(rng)
        walked.append((world.positions, world.directions))
    positions = np.stack([place for place, _ in walked], axis=1)[:videos]
    directions = np.stack([direction for _, direction in walked], axis=1)[:videos, 1:]
    rows = np.arange(videos).repeat(length)
    names = ("shapes", "radii", "colours")
    return {
        "frames": world.draw(positions.reshape(-1, 2), rows).reshape(videos, length, *world.frame_shape),
        "positions": positions[:, :, None].astype(np.int16),
        "directions": directions.astype(np.int8),
        "outcomes": ways[:videos].astype(np.int16),
        **{name: part[:videos].astype(np.uint8) for name, part in zip(names, world.looks, strict=True)},
    }


def _layout(config: MovingShapesConfig, videos: int, length: int) -> Layout:
    """Return the shape and type of every array."""
    return {
        "frames": ((videos, length, config.size, config.size, 3), np.uint8),
        "positions": ((videos, length, 1, 2), np.int16),
        "directions": ((videos, length - 1), np.int8),
        "outcomes": ((videos, len(MOVES), 2), np.int16),
        **{name: ((videos,), np.uint8) for name in ("shapes", "radii", "colours")},
    }
