"""The one way to write a result: beside its place, then moved there, whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import glob
import os
import secrets
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from worldmodels.errors import OutputError

DRAFT, FOLDER, OLD = "draft", "draft-folder", "old"


@contextmanager
def draft(path: Path) -> Iterator[Path]:
    """A new file beside `path` to write to, which replaces it at the end, or is gone where anything went wrong.

    Drafts that dead processes have left behind are removed first. A process is alive while it holds the lock on its
    draft; its number would say nothing where containers number theirs alike.

    Raises:
        OutputError: where the disk refuses; what was at `path` stays.
    """
    path = Path(path)
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise OutputError(f"{path} cannot be written: it is a folder.")
        sweep(path.parent, path.name)
        with _locked(path) as ours:
            yield ours
            _flush(ours)
            ours.replace(path)
            _flush(path.parent)


def check_place(path: Path) -> None:
    """Refuse a place where a result could not be written, before the work that leads to it.

    Raises:
        OutputError: where the disk refuses; nothing stays there.
    """
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path):
            return


def write_file(path: Path, content: bytes) -> Path:
    """Write a file whole or not at all; a reader never sees half of it.

    Raises:
        OutputError: where the disk refuses; what was there stays.
    """
    with draft(path) as ours:
        ours.write_bytes(content)
    return path


def write_folder(folder: Path, fill: Callable[[Path], None], files: Collection[str] | None = None) -> Path:
    """Write a folder beside its place, then move it there.

    Args:
        folder: Where to.
        fill: Fills an empty folder.
        files: What a folder may hold that is replaced; `None` replaces none.

    Raises:
        OutputError: where something else lies there, or the disk refuses; what was there stays.
    """
    _refuse_to_erase(folder, files)
    with explained(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        sweep(folder.parent, folder.name)
        with _locked(folder) as token:
            ours = token.with_name(f"{token.name}-folder")
            try:
                ours.mkdir(mode=0o755)
                fill(ours)
                for path in (*ours.rglob("*"), ours):
                    _flush(path)
                _replace(ours, folder, token)
            finally:
                shutil.rmtree(ours, ignore_errors=True)
    return folder


def sweep(folder: Path, name: str = "*") -> None:
    """Remove what dead processes have left of results that were never finished.

    Args:
        folder: Where to look.
        name: The results' name, or "*" for all.
    """
    named = name if name == "*" else glob.escape(name)
    for token in folder.glob(f".{named}.*.{DRAFT}"):
        with suppress(OSError), open(token, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # an error where its process lives, or locks are not had
            shutil.rmtree(token.with_name(f"{token.name}-folder"), ignore_errors=True)
            token.unlink()


def replaced_by(folder: Path) -> list[Path]:
    """What stays of the folder that was here if a kill hits between the two renames."""
    return sorted(folder.parent.glob(f".{glob.escape(folder.name)}.*.{OLD}"))


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """What the disk refuses, in one line.

    Raises:
        OutputError: in place of an OSError.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(f"{str(path)[-400:]} cannot be written: {reason(error)}.") from error


def reason(error: OSError) -> str:
    """Why the disk refuses."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return "the disk is full" if full else (error.strerror or str(error)).lower()


@contextmanager
def _locked(path: Path) -> Iterator[Path]:
    """A new file beside `path`, locked while this process writes; removed at the end."""
    while True:
        # Names may have 255 bytes; what is added to them must not make them longer.
        token = path.with_name(f".{path.name}.{secrets.token_hex(4)}.{DRAFT}")
        with open(token, "x+b") as file:
            with suppress(OSError):  # a file system without locks: nobody can tell, so nobody sweeps
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not token.exists():  # swept by another before it was locked
                continue
            try:
                yield token
            finally:
                token.unlink(missing_ok=True)
            return


def _refuse_to_erase(folder: Path, files: Collection[str] | None) -> None:
    """Only what this library has written there is replaced, never a file or a folder that holds something else."""
    foreign = [folder.name] if folder.is_file() or (files is None and folder.exists()) else []
    if folder.is_dir() and files is not None:
        foreign = sorted({path.name for path in folder.iterdir()} - set(files))
    if foreign:
        raise OutputError(f"{folder} holds {foreign[0]!r}, which writing there would erase.")


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _replace(ours: Path, folder: Path, token: Path) -> None:
    old = token.with_suffix(f".{OLD}")
    if folder.exists():
        folder.rename(old)
    try:
        ours.rename(folder)
    except OSError:
        with suppress(OSError):
            old.rename(folder)
        raise
    _flush(folder.parent)
    for replaced in replaced_by(folder):
        shutil.rmtree(replaced, ignore_errors=True)
