"""Checkpoints that installed plugins bring along."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from worldmodels.checkpoints.folder import CONFIG
from worldmodels.plugins import available

FOLDERS = ("checkpoint", "checkpoints/*")
"""Where a plugin's package keeps one, or several by name."""


def shipped() -> dict[str, Path]:
    """Folders of the checkpoints in installed plugins' packages, by the plugin's name; nothing is imported.

    Where a package has several, each one's name is the folder's.
    """
    packages = {plugin.target.partition(":")[0].partition(".")[0]: name for name, plugin in available().items()}
    found: dict[str, Path] = {}
    for package, plugin in sorted(packages.items()):
        spec = importlib.util.find_spec(package)
        for root in map(Path, (spec.submodule_search_locations or ()) if spec is not None else ()):
            folders = sorted(config.parent for pattern in FOLDERS for config in root.glob(f"{pattern}/{CONFIG}"))
            found |= {plugin if folder.name == "checkpoint" else folder.name: folder for folder in folders}
    return found
