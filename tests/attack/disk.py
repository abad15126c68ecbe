"""A small disk of memory for one process, and whether what lies on it is whole."""

from __future__ import annotations

import ctypes
import json
import os
import zipfile
from pathlib import Path

import torch
from safetensors import safe_open

from worldmodels.data import EpisodeStore

CLONE_NEWNS, MS_REC_PRIVATE = 0x00020000, 0x4000 | 1 << 18


def mount(folder: Path, size: int) -> None:
    """Put a file system of `size` bytes over a folder, seen by this process alone, which ends with it.

    Raises:
        OSError: where this user may not.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    for call in (
        lambda: libc.unshare(CLONE_NEWNS),
        lambda: libc.mount(b"none", b"/", None, MS_REC_PRIVATE, None),
        lambda: libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, f"size={max(size, 4096)}".encode()),
    ):
        if call():
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def fill(folder: Path, room: int) -> None:
    """Leave `room` bytes of a disk, in whole pages."""
    stat = os.statvfs(folder)
    ballast = stat.f_bavail * stat.f_frsize - room
    with open(folder / ".ballast", "wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, ballast))


def faults(folder: Path, before: dict[str, bytes]) -> list[str]:
    """What is not as it should be after a job that could not write: files of before that are gone or torn, drafts."""
    found = [f"{name} is gone" for name in before if not (folder / name).exists() and not _followed(folder / name)]
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in (".lock", ".ballast")):
        name = str(path.relative_to(folder))
        if "logs" in path.relative_to(folder).parts:
            continue  # written by the logger, line by line; nothing reads them but people
        if ".draft" in name or name.endswith((".tmp", ".old")):
            found.append(f"{name} is left over")
        elif name not in before or before[name] != path.read_bytes():
            found += [f"{name} is torn: {error}" for error in torn(path)]
    return found


def _followed(path: Path) -> bool:
    """Whether a file was of a checkpoint that a later one has taken the place of."""
    steps = [part for part in path.parents if part.name.startswith("step-")]
    return any(later.name > step.name for step in steps for later in step.parent.glob("step-*"))


def torn(path: Path) -> list[str]:
    """Why a file is not whole; none of those that are, or that grow behind what counts, as a store's do."""
    try:
        if path.name == "store.json":
            EpisodeStore(path.parent).verify()
        elif path.suffix in (".json", ".yaml"):
            json.loads(path.read_text())
        elif path.suffix == ".safetensors":
            with safe_open(path, "pt") as file:
                [file.get_tensor(key) for key in file.keys()]
        elif path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                assert archive.testzip() is None, "a damaged entry"
        elif path.suffix in (".pt", ".unfinished", ".ckpt"):
            torch.load(path, weights_only=path.suffix == ".pt")
        elif path.suffix == ".html":
            assert path.read_text().rstrip().endswith("</html>"), "no end"
    except Exception as error:  # whatever a torn file makes its reader raise
        return [f"{type(error).__name__}: {error!s:.80}"]
    return []


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a folder."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name not in (".lock", ".ballast"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
