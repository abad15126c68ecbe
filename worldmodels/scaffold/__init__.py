"""`write_package`: a plugin package to begin with."""

from __future__ import annotations

import keyword
import os
import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from worldmodels.errors import InputError, PluginError
from worldmodels.plugins import available
from worldmodels.whole import write_folder


def write_package(name: str, folder: str | os.PathLike[str] = ".") -> Path:
    """Write an installable plugin: a small working model, its tests, a read-me.

    Args:
        name: What the model is called: lower-case letters, digits and underscores.
        folder: Where the package's folder goes.

    Returns:
        The package's folder.

    Raises:
        InputError: if the name is none, or the folder exists.
        PluginError: if an installed plugin has that name.
    """
    _check(name)
    package = Path(folder) / f"worldmodels-{name.replace('_', '-')}"
    if package.exists():
        raise InputError(f"{package} exists; nothing is overwritten. Choose another name or folder.")
    return write_folder(package, lambda draft: _copy(files("worldmodels.scaffold") / "template", draft, name))


def _check(name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) or keyword.iskeyword(name):
        raise InputError(
            f"{name!r} is no name for a model: lower-case letters, digits and single underscores, a letter first, "
            "such as 'my_model'."
        )
    if name in available():
        raise PluginError(f"the name {name!r} is taken by {available()[name].distribution}; choose another.")


def _copy(source: Traversable, target: Path, name: str) -> None:
    target.mkdir(exist_ok=True)
    for entry in source.iterdir():
        if entry.name == "__pycache__":
            continue
        path = target / _rename(entry.name, name)
        if entry.is_dir():
            _copy(entry, path, name)
        else:
            path.write_text(_rename(entry.read_text(encoding="utf-8"), name), encoding="utf-8")


def _rename(text: str, name: str) -> str:
    """The template is a package called "example", which works as it is."""
    title = "".join(part.capitalize() for part in name.split("_"))
    dashed = text.replace("worldmodels-example", f"worldmodels-{name.replace('_', '-')}")
    return dashed.replace("Example", title).replace("example", name)
