"""Plugins for tests, installed for real: an entry point in a folder that is put on the path."""

from __future__ import annotations

from pathlib import Path


def install(folder: Path, name: str, target: str, distribution: str = "", version: str = "1.0") -> Path:
    """Write the metadata of a distribution that offers the model `target`, "module:Class", as `name`.

    Args:
        folder: A folder that is on `sys.path`, or on PYTHONPATH of the process that should find it.
        name: The model's name.
        target: Where the class lies.
        distribution: The distribution's name; by default the model's with a prefix.
        version: The distribution's version.

    Returns:
        `folder`.
    """
    distribution = distribution or f"worldmodels-{name}"
    metadata = folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
    (metadata / "entry_points.txt").write_text(f"[worldmodels.models]\n{name} = {target}\n")
    return folder
