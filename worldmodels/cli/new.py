"""`worldmodels new`: a plugin package to begin with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from worldmodels.cli.options import read
from worldmodels.config import Settings
from worldmodels.scaffold import write_package


@dataclass(frozen=True)
class NewOptions(Settings):
    """Writes an installable package with a small working model, its tests and a read-me.

    Attributes:
        name: What the model is called: lower-case letters, digits and underscores.
        folder: Where the package's folder goes.
    """

    name: str
    folder: str = "."


def run(words: Sequence[str]) -> None:
    """Write the package, and say what to do next."""
    options = read(NewOptions, "new", words, positional="name")
    package = write_package(options.name, options.folder)
    print(f"wrote {package}. Next:\n")
    for command in (
        f"pip install --editable '{package}[dev]'",
        f"worldmodels check {options.name}",
        f"pytest {package}",
    ):
        print(f"  {command}")
