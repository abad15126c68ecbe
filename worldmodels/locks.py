"""A folder that one process at a time writes to."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock

LOCK = ".lock"
"""The file that is locked; it stays behind, empty."""


def lock_folder(folder: Path) -> FileLock:
    """The lock of a folder, which is made when it is missing; held until `release()` or the process's end.

    Raises:
        filelock.Timeout: where another writer, in this process or another, holds it.
        OSError: where the folder can be neither made nor written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # Not tied to a thread: a writer may be closed by another one than has opened it.
    lock = FileLock(folder / LOCK, timeout=0, thread_local=False)
    lock.acquire()
    return lock
