"""Random Walk as a data set: whole videos at once, in memory, in blocks, or on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from worldmodels_envs.dataset import (
    BLOCK_VIDEOS,
    Arrays,
    Layout,
    gather_blocks,
    make_blocks,
    write_blocks,
)
from worldmodels_envs.random_walk.config import RandomWalkConfig, resolve_config
from worldmodels_envs.random_walk.simulation import RandomWalkWorld


def generate(
    config: RandomWalkConfig | str = "atomic",
    videos: int = 1000,
    length: int = 20,
    seed: int = 0,
    *,
    masks: bool = False,
) -> Arrays:
    """Make a data set in memory.

    The same configuration, length and seed give the same bytes; fewer videos are the first of more.

    Args:
        config: A configuration or a variant's name.
        videos: How many videos, at least 1.
        length: Frames per video, at least 1.
        seed: At least 0.
        masks: Whether to make the balls' masks too, which are as large as the frames.

    Returns:
        `frames` uint8 (videos, length, size, size, 3); `positions` int16 (videos, length, balls, 2), centres
        in px as (x, y); `rules` int8 (videos, length - 1, balls, moves), the directions that lead from each
        frame to the next, 0..3 for left, right, up, down and -1 for none; `shapes`, `radii`, `colours`
        (videos, balls), indices into the configuration's palettes; with masks, `masks` bool (videos, length,
        balls, size, size), true where the ball is seen.

    Raises:
        ValueError: The configuration is unknown or a number is out of range.
    """
    pieces = blocks(config, videos, length, seed, masks=masks)
    return gather_blocks(_layout(resolve_config(config), videos, length, masks), pieces)


def blocks(
    config: RandomWalkConfig | str = "atomic",
    videos: int = 1000,
    length: int = 20,
    seed: int = 0,
    *,
    masks: bool = False,
) -> Iterator[Arrays]:
    """Make the same data set piece by piece, `BLOCK_VIDEOS` videos at a time; arguments as in `generate`."""
    config = resolve_config(config)
    return make_blocks(lambda rng, count: _make_block(config, rng, count, length, masks), videos, length, seed)


def write(
    folder: str | Path,
    config: RandomWalkConfig | str = "atomic",
    videos: int = 1000,
    length: int = 20,
    seed: int = 0,
    *,
    masks: bool = False,
) -> Path:
    """Make the same data set on disk, never holding more than a block in memory; arguments as in `generate`.

    Returns:
        The folder: one `.npy` file per array, to open with `numpy.load(..., mmap_mode="r")`, and
        `config.json`, written last, so that a folder without it is one whose writing was cut short.

    Raises:
        FileExistsError: The folder is there and not empty.
    """
    config = resolve_config(config)
    pieces = blocks(config, videos, length, seed, masks=masks)
    return write_blocks(folder, _layout(config, videos, length, masks), pieces, config, videos, length, seed)


def _make_block(config: RandomWalkConfig, rng: np.random.Generator, videos: int, length: int, masks: bool) -> Arrays:
    world = RandomWalkWorld(config, BLOCK_VIDEOS)
    world.reset(rng)
    walked = [(world.positions.copy(), world.rules)]
    for _ in range(length - 1):
        world.step(rng)
        walked.append((world.positions.copy(), world.rules))
    positions = np.stack([place for place, _ in walked], axis=1)[:videos]
    rules = np.stack([rule for _, rule in walked], axis=1)[:videos, 1:]
    names = ("shapes", "radii", "colours")
    looks = {name: part[:videos].astype(np.uint8) for name, part in zip(names, world.looks, strict=True)}
    drawn = world.draw_videos(positions, masks)
    return {**drawn, "positions": positions.astype(np.int16), "rules": rules, **looks}


def _layout(config: RandomWalkConfig, videos: int, length: int, masks: bool) -> Layout:
    """Return the shape and type of every array."""
    balls, size = config.balls, config.size
    layout: dict[str, tuple[tuple[int, ...], npt.DTypeLike]] = {
        "frames": ((videos, length, size, size, 3), np.uint8),
        "positions": ((videos, length, balls, 2), np.int16),
        "rules": ((videos, length - 1, balls, config.moves), np.int8),
    }
    layout |= {name: ((videos, balls), np.uint8) for name in ("shapes", "radii", "colours")}
    return layout | ({"masks": ((videos, length, balls, size, size), np.bool_)} if masks else {})
