"""The data sets of a claim: made when they are missing, whole or not at all, and shared by claims with one recipe."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock

from worldmodels.claims.claim import Recipe
from worldmodels.errors import DataError, InputError
from worldmodels.plugins.points import COMMANDS, calling, find, load


def folder_of(recipe: Recipe, name: str, seed: int, root: Path) -> Path:
    """Where a data set lies; the folder's name tells recipes apart."""
    if recipe.path is not None:
        return Path(recipe.path)
    digest = hashlib.sha256(json.dumps(_words(recipe, seed)).encode()).hexdigest()[:10]
    return root / "data" / f"{name}-{digest}"


def provide(recipe: Recipe, name: str, seed: int, root: Path) -> Path:
    """The folder of a data set, which is made now where it is missing.

    Raises:
        DataError: where data that cannot be made are gone.
        UnknownNameError: where the recipe names an unknown verb.
        InputError: where the verb fails.
    """
    folder = folder_of(recipe, name, seed, root)
    if folder.exists():
        return folder
    if recipe.path is not None:
        source = f" They come from {recipe.source}." if recipe.source else ""
        raise DataError(f"the data set {name!r} is gone: there is no folder {recipe.path!r}.{source}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = folder.with_name(f"{folder.name}.draft")
    with FileLock(folder.with_name(f"{folder.name}.lock")):
        if not folder.exists():  # another process may have made it meanwhile
            shutil.rmtree(draft, ignore_errors=True)
            try:
                _call([*_words(recipe, seed), f"out={draft}"])
                draft.replace(folder)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
    return folder


def _words(recipe: Recipe, seed: int) -> list[str]:
    return [word.replace("{seed}", str(seed)) for word in recipe.make]


def _call(words: Sequence[str]) -> None:
    """Run a verb in this process."""
    verb, *settings = words
    plugin = find(COMMANDS, verb)
    function = load(plugin)
    with calling(plugin):
        code = function(settings)
    if code:
        raise InputError(f"worldmodels {' '.join(words)} failed.")
