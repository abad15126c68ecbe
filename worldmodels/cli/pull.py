"""`worldmodels pull`: a checkpoint from the Hugging Face hub."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from worldmodels.cli.options import read
from worldmodels.config import Settings


@dataclass(frozen=True)
class PullOptions(Settings):
    """Downloads a checkpoint from the Hugging Face hub into its cache.

    Attributes:
        repo: The hub id "owner/name".
        revision: A branch, tag or commit.
    """

    repo: str
    revision: str | None = None


def run(words: Sequence[str]) -> None:
    """Download, and print the folder."""
    options = read(PullOptions, "pull", words, positional="repo")
    from worldmodels.checkpoints.hub import pull

    print(pull(options.repo, revision=options.revision))
