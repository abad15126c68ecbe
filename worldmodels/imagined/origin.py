"""Where an imagined environment comes from: its model and its starts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import torch
from tensordict import TensorDict

from worldmodels import checkpoints
from worldmodels.checkpoints.weigh import on_device
from worldmodels.data.clips import ClipSampler
from worldmodels.data.store import STORE_FILE, Episodes, EpisodeStore
from worldmodels.errors import InputError
from worldmodels.imagined.starts import ClipStarts, EnvironmentStarts, EpisodeStarts, GivenStarts, Start, Starts
from worldmodels.model import WorldModel
from worldmodels.spec import WorldSpec
from worldmodels.worlds import World
from worldmodels.worlds.choice import world_of
from worldmodels.worlds.fit import check_actions_fit, check_fit
from worldmodels.worlds.ids import explained, find, render_modes


def open_model(
    checkpoint: WorldModel | str | os.PathLike[str], device: torch.device | str | None
) -> tuple[WorldModel, Mapping[str, Any]]:
    """A model in evaluation mode, and where its checkpoint says that it comes from.

    Raises:
        CheckpointError: if it cannot be loaded.
        InputError: for another device than that of a model given.
    """
    if isinstance(checkpoint, WorldModel):
        if device is not None and on_device(device).type != checkpoint.device.type:
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
        provenance: The checkpoint's; "data" is the path of a store, or several, "world" a recipe.

    Raises:
        InputError: for anything else, or where the provenance names nothing that is there.
        UnknownNameError: for an environment that is not registered.
    """
    match starts:
        case None:
            return _from_provenance(spec, context, provenance)
        case str() | Path():
            return _from_name(str(starts), spec, context)
        case World():
            return world_starts(starts, spec, context)
        case Episodes():
            return EpisodeStarts(starts, context)
        case ClipSampler():
            return ClipStarts(starts)
        case gymnasium.Env():
            check_actions_fit(starts.action_space, spec)
            return EnvironmentStarts(starts, spec.frame_shape[1:], context)
        case Start() | TensorDict():
            return GivenStarts(starts)
        case np.ndarray():
            return GivenStarts(Start(starts))
        case Starts():
            return starts
    raise InputError(
        f"starts={starts!r:.80} is no data set, world, environment, Start, frames or beliefs, and has no "
        "sample(n, rng)."
    )


def world_starts(world: World, spec: WorldSpec, context: int) -> EnvironmentStarts:
    """Resets of a world.

    Raises:
        InputError: where it cannot be made, or its frames or actions are not the model's.
        UnknownNameError: for an environment that is not registered.
    """
    env = world.make()
    check_fit(env, spec)
    return EnvironmentStarts(env, None, context)


def _from_name(name: str, spec: WorldSpec, context: int) -> Starts:
    """A data set's path, or an environment's id: what it observes, or else renders, at the model's size."""
    if (Path(name) / STORE_FILE).is_file():
        return EpisodeStarts(EpisodeStore(name), context)
    if Path(name).exists():
        raise InputError(f"starts={name!r} is no episode store: it has no {STORE_FILE}.")
    found = find(name)
    modes = render_modes(found)
    renders: dict[str, Any] = {"render_mode": "rgb_array"} if modes is None or "rgb_array" in modes else {}
    with explained(name, renders):
        env = gymnasium.make(found, **renders)
    check_actions_fit(env.action_space, spec)
    return EnvironmentStarts(env, spec.frame_shape[1:], context)


def _from_provenance(spec: WorldSpec, context: int, provenance: Mapping[str, Any]) -> Starts:
    data, world = provenance.get("data"), world_of(provenance)
    folders = [folder for folder in (data if isinstance(data, list) else [data]) if isinstance(folder, str)]
    for folder in folders:
        if (Path(folder) / STORE_FILE).is_file():
            return EpisodeStarts(EpisodeStore(folder), context)
    if world is not None:
        return world_starts(world, spec, context)
    where = f"it was trained on {', '.join(map(repr, folders))}, not found here" if folders else "it does not say where"
    raise InputError(f"this model cannot tell where to begin ({where}): give starts=, a data set or a world.")
