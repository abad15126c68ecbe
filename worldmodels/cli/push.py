"""`worldmodels push`: a checkpoint to the Hugging Face hub."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from worldmodels.cli.options import read
from worldmodels.config import Settings


@dataclass(frozen=True)
class PushOptions(Settings):
    """Uploads a checkpoint to the Hugging Face hub, with a card written from it.

    Attributes:
        checkpoint: A checkpoint's or a training run's folder.
        repo: The hub id "owner/name"; the repository is made if there is none.
        private: Whether only its owner sees a repository that is made.
    """

    checkpoint: str
    repo: str
    private: bool = False


def run(words: Sequence[str]) -> None:
    """Upload, and print the address."""
    options = read(PushOptions, "push", words, positional="checkpoint")
    from worldmodels.checkpoints.hub import push

    print(push(options.checkpoint, options.repo, private=options.private))
