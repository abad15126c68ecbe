"""Checkpoints on the Hugging Face hub."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from worldmodels.errors import CheckpointError

if TYPE_CHECKING:
    import types

PATTERNS = ["config.json", "model.safetensors", "README.md"]
"""What travels: never what resumes a training, nor anything that could run."""


def pull(repo: str, *, revision: str | None = None) -> Path:
    """Download a checkpoint, or take it from the hub's cache.

    Args:
        repo: The hub id "owner/name".
        revision: A branch, tag or commit.

    Raises:
        CheckpointError: if it cannot be had.
    """
    hub = _hub()
    try:
        return Path(hub.snapshot_download(repo, revision=revision, allow_patterns=PATTERNS))
    except (OSError, ValueError) as error:  # the hub's own errors are kinds of these
        raise CheckpointError(f"{repo!r} is no folder here and cannot be had from the hub: {error}") from error


def push(folder: str | os.PathLike[str], repo: str, *, private: bool = False) -> str:
    """Upload a checkpoint.

    Returns:
        The address of the commit.

    Raises:
        CheckpointError: if the hub refuses.
    """
    from worldmodels.checkpoint import find, read_config

    folder = find(folder)
    read_config(folder)
    hub = _hub()
    try:
        hub.create_repo(repo, private=private, exist_ok=True)
        return str(hub.upload_folder(repo_id=repo, folder_path=folder, allow_patterns=PATTERNS))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{repo!r} cannot be pushed to: {error}") from error


def _hub() -> types.ModuleType:
    try:
        import huggingface_hub
    except ImportError as error:
        raise CheckpointError("the hub needs one more package: pip install 'worldmodels-core[hub]'.") from error
    hub: types.ModuleType = huggingface_hub
    return hub
