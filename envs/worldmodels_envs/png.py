"""Pictures as PNG files, by the standard library alone."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from worldmodels_envs.whole import write_file


def write_png(path: str | Path, picture: npt.NDArray[np.uint8]) -> None:
    """Write a picture uint8 (height, width, 3) as a PNG file."""
    height, width, _ = picture.shape
    unfiltered = np.pad(picture.reshape(height, width * 3), ((0, 0), (1, 0)))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(unfiltered.tobytes(), 9)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")
    write_file(path, b"\x89PNG\r\n\x1a\n" + chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
