"""Weights of the networks behind LPIPS and FVD, read without running anything in the file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from worldmodels.errors import MetricUnavailableError


def read_weights(path: str | Path, metric: str) -> dict[str, Tensor]:
    """The state dict in a `.safetensors` file or in one of `torch.save` (read with weights_only).

    Raises:
        MetricUnavailableError: where the file is missing, damaged, or holds anything but tensors.
    """
    path = Path(path)
    if not path.is_file():
        raise MetricUnavailableError(f"{metric} needs weights, and {path} is not a file.")
    try:
        state = load_file(path) if path.suffix == ".safetensors" else _read_torch(path)
    except (UnpicklingError, RuntimeError, EOFError, OSError, ValueError, KeyError, SafetensorError) as error:
        reason = str(error).strip().partition("\n")[0][:120]
        raise MetricUnavailableError(f"{metric} cannot read the weights in {path}: {reason}") from error
    if not isinstance(state, Mapping) or not all(isinstance(v, Tensor) for v in state.values()):
        raise MetricUnavailableError(f"{metric} needs a state dict of tensors, which {path} does not hold.")
    return dict(state)


def fit_weights(network: nn.Module, state: Mapping[str, Tensor], metric: str) -> nn.Module:
    """Load the state into the network, frozen and in evaluation mode.

    Raises:
        MetricUnavailableError: where a tensor is missing, left over, or of another shape.
    """
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:240]
        raise MetricUnavailableError(f"the weights given for {metric} do not fit: {reason}") from error
    return network.eval().requires_grad_(False)


def _read_torch(path: Path) -> object:
    return torch.load(path, map_location="cpu", weights_only=True)
