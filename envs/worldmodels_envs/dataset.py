"""Data sets made block by block: gathered in memory, or written to disk as they are made."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Arrays = dict[str, npt.NDArray[Any]]
Layout = Mapping[str, tuple[tuple[int, ...], npt.DTypeLike]]

# Each block has its own random stream, so a video's bytes depend on the seed and its number alone.
BLOCK_VIDEOS = 64

MakeBlock = Callable[[np.random.Generator, int], Arrays]
"""make(rng, videos) gives the first `videos` of a block, and draws as for a whole one."""


def make_blocks(make: MakeBlock, videos: int, length: int, seed: int) -> Iterator[Arrays]:
    """Make a data set piece by piece, `BLOCK_VIDEOS` videos at a time.

    Raises:
        ValueError: As `check_counts`.
    """
    check_counts(videos, length, seed)
    return (
        make(np.random.default_rng([seed, start]), min(BLOCK_VIDEOS, videos - start))
        for start in range(0, videos, BLOCK_VIDEOS)
    )


def gather_blocks(layout: Layout, pieces: Iterator[Arrays]) -> Arrays:
    """Return the arrays of all pieces; `layout` gives each array's whole shape and its type."""
    arrays = {name: np.empty(shape, dtype) for name, (shape, dtype) in layout.items()}
    _fill(arrays, pieces)
    return arrays


def write_blocks(
    folder: str | Path, layout: Layout, pieces: Iterator[Arrays], config: Any, videos: int, length: int, seed: int
) -> Path:
    """Write the arrays of all pieces, never holding more than one piece in memory.

    Args:
        folder: New or empty.
        layout: Each array's whole shape and its type.
        pieces: In order.
        config: The world's, a dataclass; with the counts and the seed it is the recipe that is kept.
        videos: How many.
        length: Frames of each.
        seed: Of all of them.

    Returns:
        The folder: one `.npy` file per array, to open with `numpy.load(..., mmap_mode="r")`, and
        `config.json` with the recipe, written last, so that a folder without it is one whose writing was cut
        short.

    Raises:
        FileExistsError: The folder is there and not empty.
    """
    folder = Path(folder)
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty: give a new folder or empty it first")
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {
        name: np.lib.format.open_memmap(folder / f"{name}.npy", mode="w+", dtype=dtype, shape=shape)
        for name, (shape, dtype) in layout.items()
    }
    _fill(arrays, pieces)
    for array in arrays.values():
        array.flush()
    recipe = {"config": dataclasses.asdict(config), "videos": videos, "length": length, "seed": seed}
    (folder / "config.json").write_text(json.dumps(recipe, indent=2) + "\n")
    return folder


def check_counts(videos: int, length: int, seed: int) -> None:
    """Raise ValueError unless there are at least one video and one frame, and the seed is not negative."""
    for name, value, least in (("videos", videos, 1), ("length", length, 1), ("seed", seed, 0)):
        if value < least:
            raise ValueError(f"{name} is {value}, must be at least {least}")


def _fill(arrays: Mapping[str, npt.NDArray[Any]], pieces: Iterator[Arrays]) -> None:
    start = 0
    for piece in pieces:
        stop = start + len(next(iter(piece.values())))
        for name, values in piece.items():
            arrays[name][start:stop] = values
        start = stop
