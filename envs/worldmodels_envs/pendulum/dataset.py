"""Pendulums as a data set: whole videos at once, in memory, in blocks, or on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from worldmodels_envs.dataset import (
    BLOCK_VIDEOS,
    Arrays,
    Layout,
    gather_blocks,
    make_blocks,
    write_blocks,
)
from worldmodels_envs.pendulum.config import PendulumConfig, resolve_config
from worldmodels_envs.pendulum.simulation import PendulumWorld


def generate(config: PendulumConfig | str = "driven", videos: int = 500, length: int = 15, seed: int = 0) -> Arrays:
    """Make a data set in memory.

    The same configuration and seed give the same bytes; fewer videos are the first of more, and shorter ones
    the beginning of longer ones.

    Args:
        config: A configuration or a variant's name.
        videos: How many videos, at least 1.
        length: Frames per video, at least 1.
        seed: At least 0.

    Returns:
        `frames` uint8 (videos, length, size, size, 1), and float32 `angles` (videos, length) in rad, 0 upright
        and growing clockwise, `velocities` (videos, length) in rad/s, and `torques` (videos, length - 1), which
        lead from each frame to the next.

    Raises:
        ValueError: The configuration is unknown or a number is out of range.
    """
    config = resolve_config(config)
    return gather_blocks(_layout(config, videos, length), blocks(config, videos, length, seed))


def blocks(
    config: PendulumConfig | str = "driven", videos: int = 500, length: int = 15, seed: int = 0
) -> Iterator[Arrays]:
    """Make the same data set piece by piece, `BLOCK_VIDEOS` videos at a time; arguments as in `generate`."""
    config = resolve_config(config)
    return make_blocks(lambda rng, count: _make_block(config, rng, count, length), videos, length, seed)


def write(
    folder: str | Path, config: PendulumConfig | str = "driven", videos: int = 500, length: int = 15, seed: int = 0
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


def _make_block(config: PendulumConfig, rng: np.random.Generator, videos: int, length: int) -> Arrays:
    world = PendulumWorld(config, BLOCK_VIDEOS)
    world.reset(rng)
    seen = [world.look()]
    for _ in range(length - 1):
        world.step(rng)
        seen.append(world.look())
    frames = np.stack([frame for frame, _ in seen], axis=1)
    truth = {name: np.stack([info[name] for _, info in seen], axis=1)[:videos] for name in seen[0][1]}
    return {"frames": frames[:videos], **truth, "torques": truth["torques"][:, :-1]}


def _layout(config: PendulumConfig, videos: int, length: int) -> Layout:
    """Return the shape and type of every array."""
    return {
        "frames": ((videos, length, config.size, config.size, 1), np.uint8),
        "angles": ((videos, length), np.float32),
        "velocities": ((videos, length), np.float32),
        "torques": ((videos, length - 1), np.float32),
    }
