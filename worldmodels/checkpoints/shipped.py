"""Checkpoints that installed plugins bring along."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from worldmodels.checkpoints.folder import CONFIG
from worldmodels.plugins import available

FOLDERS = ("checkpoint", "checkpoint_*", "checkpoints/*")
"""Where a plugin's package keeps one, variants of it, or several by name."""


def shipped() -> dict[str, Path]:
    """Folders of the checkpoints in installed plugins' packages, by the plugin's name; nothing is imported.

    A variant in `checkpoint_32` is `NAME_32`; of those in `checkpoints/`, each one's name is its folder's.
    """
    packages = {plugin.target.partition(":")[0].partition(".")[0]: name for name, plugin in available().items()}
    found: dict[str, Path] = {}
    for package, plugin in sorted(packages.items()):
        spec = importlib.util.find_spec(package)
        for root in map(Path, (spec.submodule_search_locations or ()) if spec is not None else ()):
            folders = sorted(config.parent for pattern in FOLDERS for config in root.glob(f"{pattern}/{CONFIG}"))
            found |= {_name(folder, plugin): folder for folder in folders}
    return found


def _name(folder: Path, plugin: str) -> str:
    return plugin + folder.name.removeprefix("checkpoint") if folder.name.startswith("checkpoint") else folder.name
