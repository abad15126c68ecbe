"""Checkpoints: a model in a folder of JSON and safetensors, on disk or on the Hugging Face hub."""

from worldmodels.checkpoints.folder import (
    CARD,
    CONFIG,
    TRAINING,
    find,
    load,
    load_parts,
    read_config,
    read_training,
    save,
)
from worldmodels.checkpoints.weights import AVERAGE, WEIGHTS, read_weights, trained_weights

__all__ = [
    "AVERAGE",
    "CARD",
    "CONFIG",
    "TRAINING",
    "WEIGHTS",
    "find",
    "load",
    "load_parts",
    "read_config",
    "read_training",
    "read_weights",
    "save",
    "trained_weights",
]
