"""A checkpoint's tensors."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from worldmodels.checkpoints.weigh import check_file
from worldmodels.errors import CheckpointError

WEIGHTS, AVERAGE = "model.safetensors", "average.safetensors"


def trained_weights(folder: Path) -> dict[str, Tensor]:
    """The weights that a checkpoint is used with: their average, where it is kept."""
    return read_weights(folder / (AVERAGE if (folder / AVERAGE).is_file() else WEIGHTS))


def read_weights(path: Path) -> dict[str, Tensor]:
    """A checkpoint's tensors by name.

    Raises:
        CheckpointError: if they are missing or damaged.
    """
    try:
        return load_file(check_file(path))
    except FileNotFoundError as error:
        raise CheckpointError(f"{path} is missing; the checkpoint is not whole.") from error
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise CheckpointError(f"{path} is damaged or no safetensors file: {error}.") from error


def write_weights(weights: Mapping[str, Tensor], path: Path) -> None:
    """Write tensors as safetensors.

    Raises:
        OSError: where the disk refuses, as of any other file.
    """
    # Copies: tensors that share memory are not written as they are.
    copies = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in weights.items()}
    try:
        save_file(copies, path)
    except SafetensorError as error:
        if number := re.search(r"\(os error (\d+)\)", str(error)):
            raise OSError(int(number[1]), os.strerror(int(number[1]))) from error
        raise


def _is_finite(tensor: Tensor) -> bool:
    return not tensor.is_floating_point() or bool(tensor.isfinite().all())


def check_fit(wanted: Mapping[str, Tensor], given: Mapping[str, Tensor], folder: Path) -> None:
    """Compare a model's tensors with a checkpoint's.

    Raises:
        CheckpointError: one line that names the first that do not fit, rather than PyTorch's page.
    """
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
    faults += [f"{name} has numbers that are not finite" for name, tensor in given.items() if not _is_finite(tensor)]
    if faults:
        more = f" and {len(faults) - 3} more" if len(faults) > 3 else ""
        raise CheckpointError(f"the weights in {folder} do not fit its config: {'; '.join(faults[:3])}{more}.")
