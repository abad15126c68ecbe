"""`worldmodels list`: the installed models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from worldmodels.cli.options import read
from worldmodels.registry import available


@dataclass(frozen=True)
class ListOptions:
    """Lists the installed models; none is imported."""


def run(words: Sequence[str]) -> None:
    """Print the installed models."""
    read(ListOptions, "list", words)
    plugins = available()
    if not plugins:
        print("no model is installed; pip install one, such as worldmodels-srvp.")
    for plugin in plugins.values():
        claim = f"  CLAIMED BY {', '.join(plugin.rivals)} TOO" if plugin.rivals else ""
        print(f"{plugin.name:<12} {plugin.distribution} {plugin.version}  ({plugin.target}){claim}")
