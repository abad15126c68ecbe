"""Moving digits as a data set: whole videos at once, in memory, in blocks, or on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from worldmodels_envs.dataset import (
    BLOCK_VIDEOS,
    Arrays,
    Layout,
    check_counts,
    gather_blocks,
    make_blocks,
    write_blocks,
)
from worldmodels_envs.moving_digits.config import MovingDigitsConfig, resolve_config
from worldmodels_envs.moving_digits.simulation import MovingDigitsWorld

TEST_SEED = 42
_TEST_LENGTHS = {True: 25, False: 100}


def generate(
    config: MovingDigitsConfig | str = "stochastic", videos: int = 1000, length: int = 20, seed: int = 0
) -> Arrays:
    """Make a data set in memory.

    The same configuration and seed give the same bytes; fewer videos are the first of more, and shorter ones
    the beginning of longer ones.

    Args:
        config: A configuration or a variant's name.
        videos: How many videos, at least 1.
        length: Frames per video, at least 1.
        seed: At least 0.

    Returns:
        `frames` uint8 (videos, length, size, size, channels); `positions` float32 (videos, length, digits, 2),
        the digits' centres in px as (x, y), not rounded; `velocities` float32 (videos, length, digits, 2), with
        which they leave each frame in px a frame; `labels` uint8 (videos, digits), which digits they are.

    Raises:
        ValueError: The configuration is unknown or a number is out of range.
        ImportError: scikit-learn is not installed, and no folder with MNIST's files is given.
    """
    config = resolve_config(config)
    return gather_blocks(_layout(config, videos, length), blocks(config, videos, length, seed))


def blocks(
    config: MovingDigitsConfig | str = "stochastic", videos: int = 1000, length: int = 20, seed: int = 0
) -> Iterator[Arrays]:
    """Make the same data set piece by piece, `BLOCK_VIDEOS` videos at a time; arguments as in `generate`."""
    config = resolve_config(config)
    return make_blocks(lambda rng, count: _make_block(config, rng, count, length), videos, length, seed)


def write(
    folder: str | Path,
    config: MovingDigitsConfig | str = "stochastic",
    videos: int = 1000,
    length: int = 20,
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


def evaluation_set(
    config: MovingDigitsConfig | str = "stochastic", length: int | None = None, seed: int = TEST_SEED
) -> Arrays:
    """Make SRVP's test set: the test split's digits in random order, each used once.

    With two digits, MNIST's 10,000 make 5000 videos and scikit-learn's 360 make 180.

    Args:
        config: A configuration or a variant's name; its split is set to "test".
        length: Frames per video; None is the paper's, 25 where bounces are stochastic and 100 where not.
        seed: At least 0.

    Returns:
        As `generate`.

    Raises:
        ValueError: As `generate`, or there are too few digits for one video.
    """
    config = resolve_config(config, split="test")
    length = _TEST_LENGTHS[config.stochastic] if length is None else length
    check_counts(1, length, seed)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(MovingDigitsWorld(config, 1).digits.labels))
    videos = len(order) // config.digits
    if not videos:
        raise ValueError(f"digits is {config.digits}, but the test split has only {len(order)} pictures")
    world = MovingDigitsWorld(config, videos)
    world.reset(rng)
    world.which[:] = order[: videos * config.digits].reshape(videos, config.digits)
    return _roll(world, rng, length, videos)


def _make_block(config: MovingDigitsConfig, rng: np.random.Generator, videos: int, length: int) -> Arrays:
    world = MovingDigitsWorld(config, BLOCK_VIDEOS)
    world.reset(rng)
    return _roll(world, rng, length, videos)


def _roll(world: MovingDigitsWorld, rng: np.random.Generator, length: int, videos: int) -> Arrays:
    """Let all of a world's rows run, and return the first ones' arrays."""
    seen = [(world.motion.corners.copy(), world.motion.velocities.copy())]
    for _ in range(length - 1):
        world.step(rng)
        seen.append((world.motion.corners.copy(), world.motion.velocities.copy()))
    corners, velocities = (np.stack(part, axis=1)[:videos] for part in zip(*seen, strict=True))
    which = world.which[:videos]
    info = world.describe(corners, velocities)
    return {"frames": _draw(world, which, corners), **info, "labels": world.digits.labels[which]}


def _draw(
    world: MovingDigitsWorld, which: npt.NDArray[np.intp], corners: npt.NDArray[np.float64]
) -> npt.NDArray[np.uint8]:
    videos, length = corners.shape[:2]
    frames = world.draw(which.repeat(length, axis=0), corners.reshape(-1, *corners.shape[2:]))
    return frames.reshape(videos, length, *world.frame_shape)


def _layout(config: MovingDigitsConfig, videos: int, length: int) -> Layout:
    """Return the shape and type of every array."""
    moving = (videos, length, config.digits, 2)
    return {
        "frames": ((videos, length, config.size, config.size, config.channels), np.uint8),
        "positions": (moving, np.float32),
        "velocities": (moving, np.float32),
        "labels": ((videos, config.digits), np.uint8),
    }
