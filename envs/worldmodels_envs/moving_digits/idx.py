"""IDX files, the format of MNIST: bytes with a header that says their shape."""

from __future__ import annotations

import gzip
import math
import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

_UNSIGNED_BYTE = 8
_LARGEST = 1 << 30


def read_idx(path: str | Path, axes: int) -> npt.NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes, gzipped if its name ends in `.gz`.

    Args:
        path: The file.
        axes: How many axes it must have.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is not an IDX file of unsigned bytes with so many axes, or not as long as it says.
    """
    path = Path(path)
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            return _read(file, axes, path)
    except (gzip.BadGzipFile, EOFError) as error:
        raise ValueError(f"{path} is not a whole gzip file: {error}") from error


def _read(file: BinaryIO | gzip.GzipFile, axes: int, path: Path) -> npt.NDArray[np.uint8]:
    header = file.read(4 + 4 * axes)
    if len(header) < 4 + 4 * axes or header[:3] != bytes([0, 0, _UNSIGNED_BYTE]) or header[3] != axes:
        raise ValueError(f"{path} is not an IDX file of unsigned bytes with {axes} axes; it begins with {header[:4]!r}")
    shape = struct.unpack(f">{axes}I", header[4:])
    size = math.prod(shape)
    if size > _LARGEST:
        raise ValueError(f"{path} says it holds {size} bytes, more than the {_LARGEST} that are read")
    # One byte more than it says, so that a longer file shows, and none of a gzip bomb's.
    content = file.read(size + 1)
    if len(content) != size:
        more = "more" if len(content) > size else f"only {len(content)}"
        raise ValueError(f"{path} says it holds {size} bytes of shape {shape}, but has {more}")
    return np.frombuffer(content, dtype=np.uint8).reshape(shape)
