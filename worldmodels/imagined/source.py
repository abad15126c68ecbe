"""Finding what an imagined environment is made from: its model and its starts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import torch
from tensordict import TensorDict

from worldmodels import checkpoint as checkpoints
from worldmodels.data.clips import ClipSampler
from worldmodels.data.store import STORE_FILE, Episodes, EpisodeStore
from worldmodels.errors import InputError, UnknownNameError
from worldmodels.imagined.starts import ClipStarts, EnvironmentStarts, EpisodeStarts, GivenStarts, Start, Starts
from worldmodels.model import WorldModel
from worldmodels.spec import WorldSpec


def open_model(
    checkpoint: WorldModel | str | os.PathLike[str], device: torch.device | str | None
) -> tuple[WorldModel, Mapping[str, Any]]:
    """A model in evaluation mode, and where its checkpoint says that it comes from.

    Raises:
        CheckpointError: if it cannot be loaded.
        InputError: for another device than that of a model given.
    """
    if isinstance(checkpoint, WorldModel):
        if device is not None and torch.device(device).type != checkpoint.device.type:
            raise InputError(
                f"the model is on {checkpoint.device}, not on {device}: move it with model.to({device!r})."
            )
        return checkpoint.eval(), {}
    folder = checkpoints.find(checkpoint)
    provenance = checkpoints.read_config(folder).get("provenance")
    model = checkpoints.load(folder, device="cpu" if device is None else device)
    return model, provenance if isinstance(provenance, Mapping) else {}


def find_starts(starts: Any, spec: WorldSpec, context: int, provenance: Mapping[str, Any]) -> Starts:
    """The sampler that `starts` means; `None` means where the model was trained.

    Args:
        starts: As `ImaginedVectorEnv` takes it.
        spec: The model's world.
        context: Frames of a start, where `starts` leaves it open.
        provenance: The checkpoint's; "data" is the path of a store, "env" an environment's id or
            {"id": ..., "kwargs": ...}.

    Raises:
        InputError: for anything else, or where the provenance names nothing that is there.
        UnknownNameError: for an environment that is not registered.
    """
    match starts:
        case None:
            return _from_provenance(spec, context, provenance)
        case str() | Path():
            return _from_name(str(starts), spec, context)
        case Episodes():
            return EpisodeStarts(starts, context)
        case ClipSampler():
            return ClipStarts(starts)
        case gymnasium.Env():
            return EnvironmentStarts(starts, spec.frame_shape[1:], context)
        case Start() | TensorDict():
            return GivenStarts(starts)
        case np.ndarray():
            return GivenStarts(Start(starts))
        case Starts():
            return starts
    raise InputError(
        f"starts={starts!r:.80} is no data set, environment, Start, frames or beliefs, nor has it sample(n, rng)."
    )


def _from_name(name: str, spec: WorldSpec, context: int) -> Starts:
    if (Path(name) / STORE_FILE).is_file():
        return EpisodeStarts(EpisodeStore(name), context)
    if Path(name).exists():
        raise InputError(f"starts={name!r} is no episode store: it has no {STORE_FILE}.")
    return EnvironmentStarts(make_registered(name, {}), spec.frame_shape[1:], context)


def make_registered(name: str, kwargs: Mapping[str, Any]) -> gymnasium.Env[Any, Any]:
    """An environment that is registered already: a name, which may stand in a stranger's file, imports nothing.

    Raises:
        UnknownNameError: if it is not.
    """
    if name not in gymnasium.registry:
        hint = "Or is it a data set's path that does not exist? Import the package that registers an id first."
        raise UnknownNameError("environment", name, _near(name), hint)
    return gymnasium.make(name, **{"render_mode": "rgb_array", **kwargs})


def _near(name: str) -> list[str]:
    """Ids of the same namespace, rather than all that Gymnasium has."""
    namespace = name.rpartition("/")[0]
    return [known for known in gymnasium.registry if known.rpartition("/")[0] == namespace]


def _from_provenance(spec: WorldSpec, context: int, provenance: Mapping[str, Any]) -> Starts:
    data, env = provenance.get("data"), provenance.get("env")
    if isinstance(data, str) and (Path(data) / STORE_FILE).is_file():
        return EpisodeStarts(EpisodeStore(data), context)
    name, kwargs = (env.get("id"), env.get("kwargs") or {}) if isinstance(env, Mapping) else (env, {})
    if isinstance(name, str) and name in gymnasium.registry and isinstance(kwargs, Mapping):
        return EnvironmentStarts(make_registered(name, kwargs), spec.frame_shape[1:], context)
    named = [repr(value) for value in (data, name) if value is not None]
    where = f"it was trained on {' and '.join(named)}, not found here" if named else "it does not say where it trained"
    raise InputError(f"this model cannot tell where to begin ({where}): give starts=, a data set or an environment.")
