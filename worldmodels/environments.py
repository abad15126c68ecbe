"""Gymnasium environments by id, with one-line errors."""

from __future__ import annotations

import importlib.util
from typing import Any

import gymnasium as gym
from gymnasium.envs.registration import VectorizeMode
from gymnasium.vector import AutoresetMode, VectorEnv

from worldmodels.errors import InputError, UnknownNameError


def make_environment(name: str, **options: Any) -> gym.Env[Any, Any]:
    """The environment of an id, as `gymnasium.make`; ids of worldmodels-envs need no import before.

    Raises:
        UnknownNameError: for an unknown id.
        InputError: where the environment refuses its arguments.
    """
    _register()
    try:
        return gym.make(name, **options)
    except gym.error.Error as error:
        raise _explain(name, error) from error
    except (TypeError, ValueError) as error:
        raise InputError(f"environment {name!r} refuses {options}: {error}") from error


def make_environments(name: str, number: int, **options: Any) -> VectorEnv:
    """`number` environments of an id that begin anew in the step in which an episode ends.

    They are native where the id has a native form, else one after the other in this process.

    Raises:
        UnknownNameError: for an unknown id.
        InputError: where the environment refuses its arguments.
    """
    _register()
    mode: dict[str, Any] = {"autoreset_mode": AutoresetMode.SAME_STEP}
    try:
        if gym.spec(name).vector_entry_point is not None:
            return gym.make_vec(name, number, VectorizeMode.VECTOR_ENTRY_POINT, **mode, **options)
        return gym.make_vec(name, number, VectorizeMode.SYNC, vector_kwargs=mode, **options)
    except gym.error.Error as error:
        raise _explain(name, error) from error
    except (TypeError, ValueError) as error:
        raise InputError(f"environment {name!r} refuses {options}: {error}") from error


def _register() -> None:
    """Gymnasium imports no plugins by itself, so the generators register when they are imported."""
    if importlib.util.find_spec("worldmodels_envs") is not None:
        importlib.import_module("worldmodels_envs")


def _explain(name: str, error: Exception) -> Exception:
    if isinstance(error, gym.error.NameNotFound | gym.error.NamespaceNotFound | gym.error.VersionNotFound):
        known = [known for known in gym.registry if "/" in known or name.lower()[:4] in known.lower()]
        return UnknownNameError("environment", name, known, "'package:id' imports a package first.")
    return InputError(f"environment {name!r} cannot be made: {error}")
