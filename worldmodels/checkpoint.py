"""Checkpoints: a folder of JSON and safetensors. Loading runs nothing that a file names."""

from __future__ import annotations

import glob
import io
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from worldmodels.config import build_config
from worldmodels.errors import CheckpointError, InputError
from worldmodels.heads import HeadConfig, Heads
from worldmodels.model import WorldModel
from worldmodels.registry import load_class, name_of, plugin
from worldmodels.spec import WorldSpec

FORMAT = 2
"""The format that is written; 1, of the contract's first version, is read, but no training goes on from it."""
READABLE = (1, FORMAT)
CONFIG, WEIGHTS, TRAINING, CARD = "config.json", "model.safetensors", "training.pt", "README.md"
AVERAGE = "average.safetensors"


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
        save_file(_on_disk(model.state_dict()), target / WEIGHTS)
        if average is not None:
            save_file(_on_disk(average), target / AVERAGE)
        if training is not None:
            (target / TRAINING).write_bytes(_serialized(training))

    return _write_whole(Path(folder), write)


def load(source: str | os.PathLike[str], *, device: torch.device | str = "cpu") -> WorldModel:
    """The model of a checkpoint, in evaluation mode, heads included; with averaged weights where they are kept.

    Args:
        source: A checkpoint folder, a training run's folder (its newest checkpoint is taken), or a Hugging
            Face hub id "owner/name".
        device: Where to put it.

    Raises:
        CheckpointError: for a missing, damaged or foreign checkpoint, or weights that do not fit.
        UnknownNameError: if the plugin is not installed.
    """
    folder = find(source)
    model = _rebuild(read_config(folder), folder)
    weights = trained_weights(folder)
    _check_fit(model.state_dict(), weights, folder)
    model.load_state_dict(weights)
    return model.to(device).eval()


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
    _check_fit({name: wanted[name] for name in taken if name in wanted}, taken, folder)
    model.load_state_dict(taken, strict=False)


def trained_weights(folder: Path) -> dict[str, Tensor]:
    """The weights that a checkpoint is used with: their average, where it is kept."""
    return read_weights(folder / (AVERAGE if (folder / AVERAGE).is_file() else WEIGHTS))


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
    replaced = next(iter(_replaced(folder)), None)
    if replaced is not None and (replaced / CONFIG).is_file():
        return replaced
    if not folder.exists() and _looks_like_hub_id(str(source)):
        from worldmodels.hub import pull

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
        description = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}.") from error
    if not isinstance(description, dict) or not isinstance(description.get("plugin"), str):
        raise CheckpointError(f"{path} is not a world model's config: it names no 'plugin'.")
    if description.get("format") not in READABLE:
        raise CheckpointError(
            f"{path} has format {description.get('format')!r}; this version of worldmodels-core reads "
            f"{' and '.join(map(str, READABLE))}."
        )
    return description


def read_training(folder: Path) -> dict[str, Any]:
    """What `save(training=...)` kept, read without running code.

    Raises:
        CheckpointError: if it is missing, damaged, or holds anything but tensors and plain types.
    """
    path = folder / TRAINING
    try:
        training = torch.load(path, map_location="cpu", weights_only=True)
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


def _on_disk(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().cpu().contiguous().clone() for name, tensor in weights.items()}


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


def attach_heads(model: WorldModel, heads: Mapping[str, HeadConfig]) -> None:
    """Give a model fresh heads, as wide as its features.

    Raises:
        InputError: for a model that does not say how wide they are.
    """
    width = getattr(model, "feature_dim", None)
    if heads and not isinstance(width, int):
        raise InputError(f"{type(model).__name__} does not say how wide its features are: set `feature_dim`.")
    model.heads = Heads.build(heads, width) if heads and isinstance(width, int) else Heads()


def _mapping(description: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = description.get(key, {})
    if not isinstance(value, Mapping):
        raise InputError(f"{key!r} is no mapping.")
    return value


def read_weights(path: Path) -> dict[str, Tensor]:
    """A checkpoint's tensors by name.

    Raises:
        CheckpointError: if they are missing or damaged.
    """
    try:
        return load_file(path)
    except FileNotFoundError as error:
        raise CheckpointError(f"{path} is missing; the checkpoint is not whole.") from error
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise CheckpointError(f"{path} is damaged or no safetensors file: {error}.") from error


def _check_fit(wanted: Mapping[str, Tensor], given: Mapping[str, Tensor], folder: Path) -> None:
    """One line that names the first tensors that do not fit, rather than PyTorch's page."""
    faults = [f"{name} is missing" for name in wanted if name not in given]
    faults += [f"{name} is unknown" for name in given if name not in wanted]
    faults += [
        f"{name} is {tuple(given[name].shape)}, not {tuple(tensor.shape)}"
        for name, tensor in wanted.items()
        if name in given and given[name].shape != tensor.shape
    ]
    faults += [
        f"{name} is {given[name].dtype}, not {tensor.dtype}"
        for name, tensor in wanted.items()
        if name in given and not torch.can_cast(given[name].dtype, tensor.dtype)
    ]
    if faults:
        more = f" and {len(faults) - 3} more" if len(faults) > 3 else ""
        raise CheckpointError(f"the weights in {folder} do not fit its config: {'; '.join(faults[:3])}{more}.")


def _looks_like_hub_id(source: str) -> bool:
    parts = source.split("/")
    return len(parts) == 2 and all(part and part[0].isalnum() for part in parts)


def _write_whole(folder: Path, write: Callable[[Path], None]) -> Path:
    """Write beside `folder`, then rename, so that a kill or a full disk leaves no half checkpoint."""
    _refuse_to_erase(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise CheckpointError(f"{folder} cannot be written: {error}.") from error
    try:
        write(draft)
        _flush(draft)
        _replace(draft, folder)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{folder} cannot be written: {str(error).splitlines()[0]}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def _refuse_to_erase(folder: Path) -> None:
    """Saving replaces a checkpoint, never a file or a folder that holds something else."""
    foreign = [folder.name] if folder.is_file() else []
    if folder.is_dir():
        foreign = sorted({path.name for path in folder.iterdir()} - {CONFIG, WEIGHTS, AVERAGE, TRAINING, CARD})
    if foreign:
        raise CheckpointError(f"{folder} holds {foreign[0]!r}, which saving a checkpoint there would erase.")


def _flush(folder: Path) -> None:
    for path in (*folder.iterdir(), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _replace(draft: Path, folder: Path) -> None:
    draft.chmod(0o755)
    old = folder.with_name(f".{folder.name}.old-{os.getpid()}")
    if folder.exists():
        folder.rename(old)
    try:
        draft.rename(folder)
    except OSError:
        with suppress(OSError):
            old.rename(folder)
        raise
    for replaced in _replaced(folder):
        shutil.rmtree(replaced, ignore_errors=True)


def _replaced(folder: Path) -> list[Path]:
    """What stays of the checkpoint that was here if a kill hits between the two renames."""
    return sorted(folder.parent.glob(f".{glob.escape(folder.name)}.old-*"))
