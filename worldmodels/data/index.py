"""`index.bin`: one record of fixed size for each finished episode, whatever its length."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from worldmodels.data.episode import Array
from worldmodels.errors import DataError

FILE = "index.bin"
NO_SEED = -1
RECORD = np.dtype(
    [
        ("frame", "<i8"),  # row of the first frame in columns of kind "frame"
        ("step", "<i8"),  # row of the first step in columns of kind "step"
        ("steps", "<i8"),
        ("seed", "<i8"),
        ("data", "<u4"),  # CRC-32 of the episode's rows, column after column
        ("crc", "<u4"),  # CRC-32 of the fields above
    ]
)
Records = np.ndarray[Any, np.dtype[np.void]]


def make_records(frame: int, step: int, steps: int, seeds: Sequence[int | None], sums: Sequence[int]) -> Records:
    """Records of a batch of episodes of `steps` steps each, the first of which begins at the given rows."""
    records = np.zeros(len(seeds), RECORD)
    ordinal = np.arange(len(seeds))
    records["frame"] = frame + ordinal * (steps + 1)
    records["step"] = step + ordinal * steps
    records["steps"] = steps
    records["seed"] = [NO_SEED if seed is None else seed for seed in seeds]
    records["data"] = sums
    records["crc"] = _sums(records)
    return records


def read_records(folder: Path) -> Records:
    """The records of all finished episodes; what a killed writer left at the end is passed over.

    Raises:
        DataError: where a record is damaged.
    """
    try:
        raw = (folder / FILE).read_bytes()
    except FileNotFoundError:
        return np.zeros(0, RECORD)
    records = np.frombuffer(raw, RECORD, count=len(raw) // RECORD.itemsize)
    records = records[: _written(records)]
    bad = np.flatnonzero((records["crc"] != _sums(records)) | ~_follows(records))
    if bad.size:
        raise DataError(
            f"{folder / FILE} is damaged: the record of episode {bad[0]} is wrong; "
            f"restore the store from a copy (the {bad[0]} episodes before it are sound)."
        )
    return records


def _written(records: Records) -> int:
    """How many records precede the zeros with which a power failure can extend a file."""
    blank = records == np.zeros((), RECORD)
    return len(records) - int(np.argmin(np.append(blank[::-1], False)))


def _sums(records: Records) -> Array:
    size, raw = RECORD.itemsize, memoryview(records.tobytes())
    covered = size - RECORD["crc"].itemsize
    return np.array([zlib.crc32(raw[i : i + covered]) for i in range(0, len(raw), size)], np.uint32)


def _follows(records: Records) -> Array:
    """Whether each episode begins where the one before it ends."""
    steps = records["steps"]
    begin = np.cumsum(steps) - steps
    ordinal = np.arange(len(records))
    joined = (records["step"] == begin) & (records["frame"] == begin + ordinal)
    return np.asarray((steps >= 0) & (begin >= 0) & (begin + steps >= 0) & joined)
