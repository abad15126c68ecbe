"""How much memory a checkpoint may ask for: what is built is weighed against the tensors in the file."""

from __future__ import annotations

import os
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.modules import module as hooks

from worldmodels.errors import CheckpointError, InputError
from worldmodels.regular import check_regular

LIMIT = "WORLDMODELS_LARGEST_GB"
"""The environment variable that raises the limit."""
LARGEST_GB = 16.0


def check_file(path: Path) -> Path:
    """The path of a regular file that is not larger than the limit.

    Raises:
        CheckpointError: for anything else; the message says how to raise the limit.
        FileNotFoundError: where there is nothing.
    """
    try:
        check_regular(path)
    except InputError as error:
        raise CheckpointError(str(error)) from error
    _check_size(path, path.stat().st_size)
    return path


def check_archive(path: Path) -> Path:
    """A file of `torch.save` that is not larger than the limit once it is unpacked.

    Raises:
        CheckpointError: for anything else.
        FileNotFoundError: where there is nothing.
    """
    check_file(path)
    try:
        with zipfile.ZipFile(path) as archive:
            _check_size(path, sum(entry.file_size for entry in archive.infolist()))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise CheckpointError(f"{path} is no file of PyTorch's: {error}.") from error
    return path


@contextmanager
def weighed(tensors: Mapping[str, Tensor], folder: Path) -> Iterator[None]:
    """Building a model within stops where it has more parameters than the checkpoint has numbers for.

    PyTorch tells of a parameter when it is registered, before its numbers are drawn and its memory is touched.

    Raises:
        CheckpointError: where it is too large for the checkpoint.
    """
    numbers, parts = sum(tensor.numel() for tensor in tensors.values()), 64 + 4 * len(tensors)
    thread, seen = threading.get_ident(), {"numbers": 0, "parameters": 0, "modules": 0}

    def count(_: Any, name: str, registered: Any) -> None:
        if registered is None or threading.get_ident() != thread:
            return
        if isinstance(registered, Tensor):
            seen["parameters"] += 1
            seen["numbers"] += registered.numel()
        else:
            seen["modules"] += 1
        # Parameters are replaced and shared while a model is built, but not many times over.
        if seen["numbers"] > 2 * numbers + 4096 or seen["parameters"] > parts or seen["modules"] > 16 * parts:
            raise CheckpointError(
                f"the weights in {folder} do not fit its config: it describes a model of over {seen['numbers']:,} "
                f"numbers in {seen['parameters']} tensors, and there are {numbers:,} in {len(tensors)}."
            )

    with ExitStack() as stack:
        for register in (
            hooks.register_module_parameter_registration_hook,
            hooks.register_module_module_registration_hook,
        ):
            stack.callback(register(count).remove)
        yield


def _check_size(path: Path, size: int) -> None:
    given = os.environ.get(LIMIT, "")
    try:
        most = float(given) if given else LARGEST_GB
    except ValueError as error:
        raise InputError(f"{LIMIT}={given!r} is no number of gigabytes.") from error
    if size > most * 1e9:
        more = f"{LIMIT}={size // 10**9 + 1} allows it"
        raise CheckpointError(f"{path} holds {size / 1e9:,.1f} GB, over {most:g}; {more}.")


def on_device(device: torch.device | str) -> torch.device:
    """A device that is there.

    Raises:
        InputError: for one that PyTorch does not know, or that this machine has not.
    """
    try:
        place = torch.device(device)
        torch.empty(0, device=place)
    # Builds without CUDA raise an AssertionError, those without others a NotImplementedError.
    except (RuntimeError, AssertionError, ValueError, TypeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"device={device!s:.80} is not here: {reason}") from error
    return place
