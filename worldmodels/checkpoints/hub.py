"""Checkpoints on the Hugging Face hub."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from worldmodels.checkpoints import AVERAGE, CARD, CONFIG, WEIGHTS, find, read_config
from worldmodels.checkpoints.card import model_card
from worldmodels.errors import CheckpointError

TRAVELS = [CONFIG, WEIGHTS, AVERAGE, CARD]
"""What goes to and comes from the hub: never what resumes a training, nor anything that could run."""


def pull(repo: str, *, revision: str | None = None) -> Path:
    """Download a checkpoint, or take it from the hub's cache.

    Args:
        repo: The hub id "owner/name".
        revision: A branch, tag or commit.

    Returns:
        The checkpoint's folder in the cache.

    Raises:
        CheckpointError: if it cannot be had, or is no checkpoint.
    """
    api = _hub().HfApi()
    with _one_line(f"{repo!r} is no folder here and cannot be had from the hub"):
        folder = Path(api.snapshot_download(repo, revision=revision, allow_patterns=TRAVELS))
    read_config(folder)
    return folder


def push(source: str | os.PathLike[str], repo: str, *, private: bool = False) -> str:
    """Upload a checkpoint with a card written from its config and what was measured, in one commit.

    Args:
        source: A checkpoint folder, or a training run's folder.
        repo: The hub id "owner/name"; the repository is made if there is none.
        private: Whether only its owner sees a repository that is made.

    Returns:
        The address of the commit.

    Raises:
        CheckpointError: if there is no whole checkpoint, or the hub refuses.
    """
    hub, folder = _hub(), find(source)
    card = model_card(read_config(folder), repo)
    if not (folder / WEIGHTS).is_file():
        raise CheckpointError(f"{folder / WEIGHTS} is missing; the checkpoint is not whole.")
    files: dict[str, Path | bytes] = {
        name: folder / name for name in (CONFIG, WEIGHTS, AVERAGE) if (folder / name).is_file()
    }
    files[CARD] = str(card).encode()
    operations = [hub.CommitOperationAdd(name, content) for name, content in files.items()]
    with _one_line(f"{repo!r} cannot be pushed to"):
        api = hub.HfApi()
        api.create_repo(repo, private=private, exist_ok=True)
        return str(api.create_commit(repo, operations, commit_message="Upload a world model").commit_url)


def _hub() -> Any:
    try:
        import huggingface_hub
    except ImportError as error:
        raise CheckpointError("the hub needs one more package: pip install 'worldmodels-core[hub]'.") from error
    return huggingface_hub


@contextmanager
def _one_line(what: str) -> Iterator[None]:
    """The hub's errors have no common base: those of HTTP, of names, of the cache and of entries are apart."""
    from huggingface_hub import errors

    kinds = (OSError, ValueError, errors.HTTPError, errors.EntryNotFoundError, errors.RevisionResolutionError)
    try:
        yield
    except kinds as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise CheckpointError(f"{what}: {' '.join(lines[:2])}") from error
