"""Where claims lie: `configs/claim/*.yaml` of the core and of plugins, and `experiments/claim` beside a plugin."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from worldmodels.claims.claim import CPU, Claim, overlay
from worldmodels.config import build_config
from worldmodels.errors import InputError, UnknownNameError, WorldModelsError
from worldmodels.plain import read_file

FOLDER = "claim"
RESULTS = "results"


def claims() -> dict[str, Path]:
    """The files of all claims by name; nothing of a plugin is imported.

    Raises:
        InputError: where two claims have one name.
    """
    found: dict[str, Path] = {}
    for folder in _folders():
        for path in sorted(folder.glob("*.yaml")):
            if path.stem in found:
                raise InputError(f"two claims are called {path.stem!r}: {found[path.stem]} and {path}; rename one.")
            found[path.stem] = path
    return dict(sorted(found.items()))


def find(name: str) -> Path:
    """The file of a claim, by its name or as a path that ends in .yaml.

    Raises:
        UnknownNameError: for an unknown name.
        InputError: for a missing file.
    """
    if name.endswith(".yaml"):
        if not Path(name).is_file():
            raise InputError(f"there is no claim at {name!r}.")
        return Path(name)
    known = claims()
    if name not in known:
        hint = "A claim of your own is a path that ends in .yaml; plugins bring theirs when they are installed."
        raise UnknownNameError("claim", name, known, hint)
    return known[name]


def read(path: Path, size: str = CPU) -> Claim:
    """A claim in one of its sizes.

    Raises:
        InputError: for what cannot be read, or settings that do not fit one another; the file is named.
        UnknownNameError: for an unknown size.
    """
    values = _values(path)
    sizes = values.get("sizes") or {}
    if size != CPU:
        if size not in sizes:
            raise UnknownNameError(f"size of {path.stem}", size, [CPU, *sizes])
        values = overlay(values, sizes[size])
    try:
        claim = build_config(Claim, values)
    except WorldModelsError as error:
        raise InputError(f"{path.name}: {error}") from error
    return dataclasses.replace(claim, name=path.stem, size=size)


def committed(path: Path) -> Path:
    """Where the committed results of a claim's file lie."""
    return path.parent / RESULTS / f"{path.stem}.json"


def _folders() -> list[Path]:
    """Folders of claims; what only reproduces figures lies beside a plugin's package and is in no wheel."""
    from worldmodels.composition import folders

    configs = folders()
    beside = [folder.parents[1] / "experiments" for folder in configs[1:]]
    return [folder / FOLDER for folder in [*configs, *beside] if (folder / FOLDER).is_dir()]


def _values(path: Path) -> dict[str, Any]:
    values = read_file(path)
    if not isinstance(values, dict):
        raise InputError(f"{path} is no claim: it is a mapping of settings, see docs/claims.md.")
    return {str(name): value for name, value in values.items()}
