"""Checkpoints of VIM, and of nothing else."""

from __future__ import annotations

from pathlib import Path

import torch

import worldmodels
from worldmodels.errors import InputError
from worldmodels_vim.model import VIM


def load_vim(path: str | Path, device: str | torch.device = "cpu") -> VIM:
    """The VIM that a checkpoint holds.

    Args:
        path: A checkpoint's folder.
        device: Where the model is to be.

    Raises:
        InputError: for another model's checkpoint.
    """
    model = worldmodels.load(path, device=device)
    if not isinstance(model, VIM):
        raise InputError(f"{path} holds a {type(model).__name__}; a model of modules is needed: vim or scoff.")
    return model
