"""Files that appear whole or not at all, whatever kills the process or fills the disk."""

from __future__ import annotations

import glob
import importlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

try:
    fcntl: Any = importlib.import_module("fcntl")
except ImportError:  # Windows: nobody can tell whose a draft is, so all are left alone
    fcntl = None


@contextmanager
def draft(path: str | Path) -> Iterator[Path]:
    """A new file beside `path` to write to, which replaces it at the end, or is gone where anything went wrong.

    What killed processes have left of the same file is removed first: a draft is alive while its lock is held.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.draft"):
        with suppress(OSError), open(left, "r+b") as file:
            if _locked(file):
                left.unlink()
    ours = path.with_name(f".{path.name}.{secrets.token_hex(4)}.draft")
    with open(ours, "x+b") as file:
        _locked(file)
        try:
            yield ours
            with open(ours, "rb") as written:
                os.fsync(written.fileno())
            ours.replace(path)
        finally:
            ours.unlink(missing_ok=True)


def write_file(path: str | Path, content: bytes) -> None:
    """Write a file whole or not at all; what was there stays until then."""
    with draft(path) as ours:
        ours.write_bytes(content)


def _locked(file: IO[bytes]) -> bool:
    """Whether the lock is ours now."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
