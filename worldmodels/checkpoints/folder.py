"""Checkpoints: a folder of JSON and safetensors. Loading runs nothing that a file names."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import NoneType
from typing import Any

import torch
from torch import Tensor

from worldmodels.checkpoints.weigh import check_archive, on_device, weighed
from worldmodels.checkpoints.weights import AVERAGE, WEIGHTS, check_fit, trained_weights, write_weights
from worldmodels.config import build_config
from worldmodels.errors import CheckpointError, InputError, OutputError
from worldmodels.heads import HeadConfig, attach_heads
from worldmodels.model import WorldModel
from worldmodels.plugins import load_class, name_of, plugin
from worldmodels.regular import read_json
from worldmodels.spec import WorldSpec
from worldmodels.whole import replaced_by, write_folder

FORMAT = 2
"""The format that is written; 1, of the contract's first version, is read, but no training goes on from it."""
READABLE = (1, FORMAT)
CONFIG, TRAINING, CARD = "config.json", "training.pt", "README.md"
FILES = {CONFIG, WEIGHTS, AVERAGE, TRAINING, CARD}


def save(
    model: WorldModel,
    folder: str | os.PathLike[str],
    *,
    provenance: Mapping[str, Any] | None = None,
    training: Mapping[str, Any] | None = None,
    average: Mapping[str, Tensor] | None = None,
) -> Path:
    """Write a model and its heads; the folder appears whole or not at all, and replaces an older one.

    Args:
        model: A model of an installed plugin.
        folder: Where to write.
        provenance: Where the weights come from (data, command, seed, figures), in JSON types.
        training: What training needs to go on, tensors and plain types only; it is written to `training.pt`.
        average: An average of the weights, by the same names; it is kept beside them, and loaded in their place.

    Raises:
        CheckpointError: if the model's class is no installed plugin, something else lies in `folder`, or the
            disk refuses.
        InputError: for provenance that JSON cannot hold.
    """
    name = name_of(model)
    if name is None:
        raise CheckpointError(
            f"{type(model).__qualname__} is no installed plugin, so nothing could load its checkpoint; install its "
            "package with an entry point in 'worldmodels.models'."
        )
    description = _json(_describe(model, name, provenance))

    def write(target: Path) -> None:
        (target / CONFIG).write_text(description, encoding="utf-8")
        write_weights(model.state_dict(), target / WEIGHTS)
        if average is not None:
            write_weights(average, target / AVERAGE)
        if training is not None:
            (target / TRAINING).write_bytes(_serialized(training))

    try:
        return write_folder(Path(folder), write, FILES)
    except OutputError as error:
        raise CheckpointError(str(error)) from error


def load(source: str | os.PathLike[str], *, device: torch.device | str = "cpu") -> WorldModel:
    """The model of a checkpoint, in evaluation mode, heads included; with averaged weights where they are kept.

    Args:
        source: A checkpoint folder, a training run's folder (its newest checkpoint is taken), or a Hugging
            Face hub id "owner/name".
        device: Where to put it.

    Raises:
        CheckpointError: for a missing, damaged or foreign checkpoint, or weights that do not fit or are not finite.
        InputError: for a device that is not here.
        UnknownNameError: if the plugin is not installed.
    """
    place, folder = on_device(device), find(source)
    description, weights = read_config(folder), trained_weights(folder)
    with weighed(weights, folder):
        model = _rebuild(description, folder)
    check_fit(model.state_dict(), weights, folder)
    model.load_state_dict(weights)
    return model.to(place).eval()


def load_parts(model: WorldModel, source: str | os.PathLike[str], parts: Sequence[str] = ()) -> None:
    """Give a model the weights of another checkpoint, or of some of its parts; the rest stays as it is.

    Args:
        model: Which model, changed in place.
        source: What `load` takes.
        parts: How the names of the parameters begin that are taken; none for all that the checkpoint has.

    Raises:
        CheckpointError: where the checkpoint has no such part, or one that does not fit the model.
    """
    folder = find(source)
    weights, wanted = trained_weights(folder), model.state_dict()
    for part in parts:
        if not any(name.startswith(part) for name in weights):
            known = sorted({f"{name.partition('.')[0]}." for name in weights})
            raise CheckpointError(f"{folder} has no part {part!r}; it has {', '.join(known)}.")
    taken = {name: tensor for name, tensor in weights.items() if not parts or name.startswith(tuple(parts))}
    check_fit({name: wanted[name] for name in taken if name in wanted}, taken, folder)
    model.load_state_dict(taken, strict=False)


def find(source: str | os.PathLike[str]) -> Path:
    """The checkpoint folder that `source` means: itself, the newest of a run, or a download from the hub.

    Raises:
        CheckpointError: if there is none.
    """
    folder = Path(source)
    if (folder / CONFIG).is_file():
        return folder
    # A kill while saving leaves a draft, whose name begins with a dot.
    finished = [path.parent for path in folder.glob(f"checkpoints/[!.]*/{CONFIG}")]
    if finished:
        return max(finished, key=lambda path: path.name)
    replaced = next(iter(replaced_by(folder)), None)
    if replaced is not None and (replaced / CONFIG).is_file():
        return replaced
    if not folder.exists() and _looks_like_hub_id(str(source)):
        from worldmodels.checkpoints.hub import pull

        return pull(str(source))
    raise CheckpointError(
        f"there is no checkpoint at {str(source)!r}: give a folder with {CONFIG} and {WEIGHTS}, a training run's "
        "folder, or a hub id 'owner/name'."
    )


def read_config(folder: Path) -> dict[str, Any]:
    """A checkpoint's `config.json`, checked.

    Raises:
        CheckpointError: if it is missing, no JSON, foreign or of a newer format.
    """
    path = folder / CONFIG
    try:
        description = read_json(path)
    except (OSError, InputError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}.") from error
    if not isinstance(description, dict) or not isinstance(description.get("plugin"), str):
        raise CheckpointError(f"{path} is not a world model's config: it names no 'plugin'.")
    if description.get("format") not in READABLE:
        raise CheckpointError(
            f"{path} has format {description.get('format')!r}; this version of worldmodels-core reads "
            f"{' and '.join(map(str, READABLE))}."
        )
    _check_provenance(path, description.get("provenance"))
    return description


def _check_provenance(path: Path, provenance: Any) -> None:
    """What resuming, measuring and beginning read of where a checkpoint comes from is of the right kind."""
    if provenance is not None and not isinstance(provenance, Mapping):
        raise CheckpointError(f"{path}: 'provenance' is no mapping.")
    kinds: dict[str, tuple[type, ...]] = {"step": (int,), "training": (Mapping,), "world": (Mapping, NoneType)}
    kinds |= {"data": (str, list, NoneType), "digests": (list, NoneType), "plan": (Mapping, NoneType)}
    for name, allowed in kinds.items():
        if name in (provenance or {}) and not isinstance((provenance or {})[name], allowed):
            raise CheckpointError(f"{path}: its provenance is damaged: {name!r} is {(provenance or {})[name]!r:.80}.")


def read_training(folder: Path) -> dict[str, Any]:
    """What `save(training=...)` kept, read without running code.

    Raises:
        CheckpointError: if it is missing, damaged, or holds anything but tensors and plain types.
    """
    path = folder / TRAINING
    try:
        training = torch.load(check_archive(path), map_location="cpu", weights_only=True)
    # A damaged or malicious archive may make the unpickler raise anything; none of its code is run.
    except Exception as error:
        cause = f"{type(error).__name__}: {error}".splitlines()[0]
        raise CheckpointError(f"{path} cannot be resumed from: {cause}") from error
    if not isinstance(training, dict):
        raise CheckpointError(f"{path} cannot be resumed from: it holds no mapping.")
    return training


def _describe(model: WorldModel, name: str, provenance: Mapping[str, Any] | None) -> dict[str, Any]:
    found = plugin(name)
    return {
        "format": FORMAT,
        "plugin": name,
        "distribution": found.distribution,
        "version": found.version,
        "config": asdict(model.config),
        "spec": model.spec.to_json(),
        "heads": model.heads.to_json(),
        "provenance": dict(provenance or {}),
    }


def _json(description: Mapping[str, Any]) -> str:
    try:
        return json.dumps(description, indent=2) + "\n"
    except (TypeError, ValueError) as error:
        raise InputError(f"config and provenance are kept as JSON: {error}.") from error


def _serialized(training: Mapping[str, Any]) -> memoryview:
    # Written by Python, a full disk is an OSError; PyTorch's own writer raises a RuntimeError like any other.
    buffer = io.BytesIO()
    torch.save(dict(training), buffer)
    return buffer.getbuffer()


def _rebuild(description: Mapping[str, Any], folder: Path) -> WorldModel:
    cls = load_class(description["plugin"])
    try:
        spec = WorldSpec.from_json(description.get("spec"))
        heads = {str(n): build_config(HeadConfig, c) for n, c in _mapping(description, "heads").items()}
        model = cls(spec, build_config(cls.Config, _mapping(description, "config")))
        attach_heads(model, heads)
    # What a plugin makes of sizes that nobody checked, such as negative ones or more than there is memory.
    except (ValueError, TypeError, LookupError, ArithmeticError, RuntimeError, AssertionError, MemoryError) as error:
        cause = f"{type(error).__name__}: {error}".splitlines()[0]
        raise CheckpointError(f"{folder / CONFIG} does not fit plugin {description['plugin']!r}: {cause}") from error
    return model


def _mapping(description: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = description.get(key, {})
    if not isinstance(value, Mapping):
        raise InputError(f"{key!r} is no mapping.")
    return value


def _looks_like_hub_id(source: str) -> bool:
    parts = source.split("/")
    return len(parts) == 2 and all(part and part[0].isalnum() for part in parts)
