"""The world that the snitch lives in, which another distribution makes."""

from __future__ import annotations

import importlib
from typing import Any

from worldmodels.errors import InputError


def cater(module: str = "") -> Any:
    """`worldmodels_envs.cater`, or a module of it, imported when it is needed.

    Raises:
        InputError: where the distribution, or what it needs for pictures, is not installed.
    """
    name = ".".join(["worldmodels_envs.cater", module]).rstrip(".")
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InputError(
            f"the snitch task needs {name}, which cannot be imported ({error}): pip install 'worldmodels-envs[cater]'."
        ) from error
