"""Reads the checkpoints that SRVP's authors publish: `model.pt`, a state dict, beside `config.json`."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from worldmodels.config import build_config
from worldmodels.errors import CheckpointError, InputError
from worldmodels.spec import WorldSpec
from worldmodels_srvp.config import SRVPConfig
from worldmodels_srvp.model import SRVP

SETTINGS = {
    "archi": "architecture",
    "nf": "filters",
    "skipco": "skips",
    "nhx": "encoding",
    "ny": "state",
    "nz": "latent",
    "nt_inf": "inference_frames",
    "nh_inf": "inference_hidden",
    "nlayers_inf": "inference_layers",
    "nh_res": "dynamics_hidden",
    "nlayers_res": "dynamics_layers",
    "res_gain": "residual_gain",
    "n_euler_steps": "euler_steps",
    "obs_scale": "std",
    "beta_y": "beta_start",
    "beta_z": "beta",
    "l2_res": "residual_penalty",
}
"""Their settings' names and ours; the rest of theirs describes the data and the training."""

_RENAMED = {
    "q_y.module": "inference.q_y",
    "inf_z": "inference.lstm",
    "q_z": "inference.q_z",
    "w_proj.0": "content.each",
    "w_inf.0": "content.all",
    "p_z.module": "dynamics.prior_network",
    "dynamics.module": "dynamics.f",
}


def import_checkpoint(weights: str | os.PathLike[str], config: str | os.PathLike[str], *, fps: float = 10.0) -> SRVP:
    """The published model, in evaluation mode.

    Args:
        weights: Their `model.pt`; it is read without running anything in it.
        config: Their `config.json`.
        fps: Frames a second of the videos it was trained on, which the config does not tell.

    Raises:
        CheckpointError: for a file that is missing, damaged or no SRVP checkpoint, or weights that do not fit.
    """
    settings = _read_settings(Path(config))
    try:
        model = empty_model(settings, fps)
    except InputError as error:
        raise CheckpointError(f"{config} describes no model that can be built: {error}") from error
    tensors = {rename(name): tensor for name, tensor in _read_tensors(Path(weights)).items()}
    _check_fit(model.state_dict(), tensors, Path(weights))
    model.load_state_dict(tensors)
    return model.eval()


def empty_model(settings: Mapping[str, Any], fps: float = 10.0) -> SRVP:
    """A fresh model of the authors' settings.

    Raises:
        InputError: for settings that fit no model.
    """
    ours = {name: settings[theirs] for theirs, name in SETTINGS.items()}
    fixed = {"content": settings["nh_inf"], "likelihood": "gaussian", "per": "video", "short_starts": 0.0}
    spec = WorldSpec((settings["nc"], settings["nx"], settings["nx"]), None, fps)
    return SRVP(spec, build_config(SRVPConfig, {**ours, **fixed}))


def rename(name: str) -> str:
    """Our name of a tensor of theirs."""
    for theirs, ours in _RENAMED.items():
        if name.startswith(f"{theirs}."):
            name = ours + name[len(theirs) :]
            # Each of their MLPs' layers is a list of its own, activation first; ours are one list.
            return re.sub(r"\.(\d+)\.[01]\.(weight|bias)$", lambda m: f".{2 * int(m[1])}.{m[2]}", name)
    return name


def _read_settings(path: Path) -> Mapping[str, Any]:
    try:
        settings: Any = json.loads(path.read_text())
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise CheckpointError(f"{path} cannot be read as JSON: {error}.") from error
    missing = sorted({*SETTINGS, "nx", "nc"} - set(settings)) if isinstance(settings, dict) else ["every setting"]
    if missing:
        raise CheckpointError(f"{path} is no config of SRVP's authors; it lacks {', '.join(missing)}.")
    return dict(settings)


def _read_tensors(path: Path) -> Mapping[str, Tensor]:
    try:
        tensors = torch.load(path, map_location="cpu", weights_only=True)
    # A damaged or malicious file may make the unpickler raise anything; none of its code is run.
    except Exception as error:
        cause = f"{type(error).__name__} {error}".partition("\n")[0]
        raise CheckpointError(f"{path} cannot be read as a file of weights: {cause}") from error
    if not isinstance(tensors, dict) or not all(isinstance(tensor, Tensor) for tensor in tensors.values()):
        raise CheckpointError(f"{path} holds no state dict; give the authors' model.pt.")
    return tensors


def _check_fit(wanted: Mapping[str, Tensor], given: Mapping[str, Tensor], path: Path) -> None:
    missing, unknown = sorted(wanted.keys() - given.keys()), sorted(given.keys() - wanted.keys())
    wrong = [name for name in wanted.keys() & given.keys() if wanted[name].shape != given[name].shape]
    for what, names in (("lacks", missing), ("has the unknown", unknown), ("has another shape of", sorted(wrong))):
        if names:
            raise CheckpointError(f"{path} does not fit its config: it {what} {', '.join(names[:3])} ({len(names)}).")
