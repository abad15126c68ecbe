"""Environments by Gymnasium id, with one-line errors; packages that installed recipes name need no import before."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gymnasium as gym
from gymnasium.envs.registration import EnvSpec, load_env_creator

from worldmodels.composition import recipes
from worldmodels.errors import InputError, UnknownNameError, WorldModelsError


def bare(name: str) -> str:
    """An id without the package in front of it that registers it, as in "package:id"."""
    return name.rpartition(":")[2]


def find(name: str) -> EnvSpec:
    """The registered environment of an id; "package:id" imports the package first.

    Where an id is not registered yet, the packages are imported that the ready recipes of installed distributions name
    for ids of its family, which is what stands before the first "-" or "/": Gymnasium 1.x no longer looks for them.

    Raises:
        UnknownNameError: for an unknown id.
        InputError: where its package cannot be imported.
    """
    package = name.rpartition(":")[0]
    if package:
        _import(package, name)
    elif name not in gym.registry:
        for known in sorted(_packages(name)):
            if importlib.util.find_spec(known) is not None:
                _import(known, name)
    if bare(name) not in gym.registry:
        hint = _package_of(bare(name)) or "'package:id' imports a package first."
        raise UnknownNameError("environment", bare(name), _near(bare(name)), hint)
    return gym.registry[bare(name)]


@contextmanager
def explained(name: str, kwargs: Mapping[str, Any] | None = None) -> Iterator[None]:
    """What goes wrong while an environment is made with arguments, or later is set up, in one line."""
    try:
        yield
    except WorldModelsError:
        raise
    except (gym.error.Error, ImportError) as error:
        raise InputError(f"environment {name!r} cannot be made: {error}") from error
    except (TypeError, ValueError, AssertionError) as error:
        if kwargs is None:  # no arguments that could be wrong: a fault of the environment's
            raise
        raise InputError(f"environment {name!r} refuses {kwargs}: {error}") from error


def render_modes(spec: EnvSpec) -> list[str] | None:
    """What an environment says it can render; `None` where its class does not say."""
    with explained(spec.id):
        metadata = getattr(creator_of(spec.entry_point), "metadata", None)
    modes = metadata.get("render_modes") if isinstance(metadata, Mapping) else None
    return None if modes is None else list(modes)


def creator_of(entry_point: Any) -> Callable[..., Any]:
    """The class or function of an entry point."""
    return load_env_creator(entry_point) if isinstance(entry_point, str) else entry_point


def check_local(spec: EnvSpec, kwargs: Any) -> None:
    """A world is only made, never downloaded, so that a learned one has to be here already.

    Raises:
        InputError: for an imagined environment whose checkpoint is no folder.
    """
    checkpoint = kwargs.get("checkpoint")
    if str(spec.entry_point).startswith("worldmodels.imagined") and not Path(str(checkpoint)).is_dir():
        raise InputError(
            f"world {spec.id!r} needs kwargs.checkpoint, a folder; {checkpoint!r} is none (pull it first)."
        )


def _import(package: str, name: str) -> None:
    try:
        importlib.import_module(package)
    # Whatever a package raises while it is imported, such as that there is no display, is the reason.
    except Exception as error:
        cause = f"{type(error).__name__}: {error}".splitlines()[0]
        raise InputError(f"environment {name!r} cannot be made: {package} cannot be imported ({cause}).") from error


def _packages(name: str) -> set[str]:
    """The packages that ready recipes name for ids of the same family."""
    named = (str(recipe.get("id", "")).rpartition(":") for recipe in recipes("world").values())
    return {package for package, _, known in named if package and _family(known) == _family(name)}


def _family(name: str) -> str:
    return re.split("[-/]", name)[0]


def _package_of(name: str) -> str | None:
    """What to install, where a ready recipe has an id of the same family and its package is missing."""
    for package in sorted(_packages(name)):
        if importlib.util.find_spec(package) is None:
            return f"Ids like it come with a package that is not installed: pip install {package.replace('_', '-')}."
    return None


def _near(name: str) -> list[str]:
    """A few ids, rather than the hundreds that Gymnasium knows."""
    namespace = name.rpartition("/")[0]
    mine = [known for known in gym.registry if namespace and known.startswith(f"{namespace}/")]
    near = difflib.get_close_matches(name, gym.registry, n=5, cutoff=0.5)
    return near or mine or [known for known in gym.registry if "/" in known]
