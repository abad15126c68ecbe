"""`write_whole`: a folder that appears whole or not at all."""

from __future__ import annotations

import glob
import os
import shutil
import tempfile
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from safetensors import SafetensorError

from worldmodels.errors import CheckpointError


def write_whole(folder: Path, write: Callable[[Path], None], files: Collection[str]) -> Path:
    """Write beside `folder`, then rename, so that a kill or a full disk leaves no half of it.

    Args:
        folder: Where to.
        write: Fills an empty folder.
        files: What a folder may hold that is replaced.

    Raises:
        CheckpointError: if something else lies in `folder`, or the disk refuses.
    """
    _refuse_to_erase(folder, files)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise CheckpointError(f"{folder} cannot be written: {error}.") from error
    try:
        write(draft)
        _flush(draft)
        _replace(draft, folder)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{folder} cannot be written: {str(error).splitlines()[0]}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def _refuse_to_erase(folder: Path, files: Collection[str]) -> None:
    """Saving replaces a checkpoint, never a file or a folder that holds something else."""
    foreign = [folder.name] if folder.is_file() else []
    if folder.is_dir():
        foreign = sorted({path.name for path in folder.iterdir()} - set(files))
    if foreign:
        raise CheckpointError(f"{folder} holds {foreign[0]!r}, which saving a checkpoint there would erase.")


def _flush(folder: Path) -> None:
    for path in (*folder.iterdir(), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _replace(draft: Path, folder: Path) -> None:
    draft.chmod(0o755)
    old = folder.with_name(f".{folder.name}.old-{os.getpid()}")
    if folder.exists():
        folder.rename(old)
    try:
        draft.rename(folder)
    except OSError:
        with suppress(OSError):
            old.rename(folder)
        raise
    for replaced in replaced_by(folder):
        shutil.rmtree(replaced, ignore_errors=True)


def replaced_by(folder: Path) -> list[Path]:
    """What stays of the checkpoint that was here if a kill hits between the two renames."""
    return sorted(folder.parent.glob(f".{glob.escape(folder.name)}.old-*"))
