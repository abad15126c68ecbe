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

    Where an id is not registered yet, the packages that the ready recipes of installed distributions name are imported:
    Gymnasium 1.x no longer looks for them itself.

    Raises:
        UnknownNameError: for an unknown id.
        InputError: where its package cannot be imported.
    """
    package = name.rpartition(":")[0]
    if package:
        with explained(name):
            importlib.import_module(package)
    elif name not in gym.registry:
        _import_known()
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


def _import_known() -> None:
    packages = {str(recipe.get("id", "")).rpartition(":")[0] for recipe in recipes("world").values()} - {""}
    for package in sorted(packages):
        if importlib.util.find_spec(package) is not None:
            importlib.import_module(package)


def _package_of(name: str) -> str | None:
    """What to install, where a ready recipe has an id of the same family and its package is missing."""
    for recipe in recipes("world").values():
        package, _, known = str(recipe.get("id", "")).rpartition(":")
        same = re.split("[-/]", known)[0] == re.split("[-/]", name)[0]
        if package and same and importlib.util.find_spec(package) is None:
            return f"Ids like it come with a package that is not installed: pip install {package.replace('_', '-')}."
    return None


def _near(name: str) -> list[str]:
    """A few ids, rather than the hundreds that Gymnasium knows."""
    namespace = name.rpartition("/")[0]
    mine = [known for known in gym.registry if namespace and known.startswith(f"{namespace}/")]
    near = difflib.get_close_matches(name, gym.registry, n=5, cutoff=0.5)
    return near or mine or [known for known in gym.registry if "/" in known]
