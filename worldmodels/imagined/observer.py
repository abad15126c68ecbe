"""`Observer`: what an agent in an imagined environment sees."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import torch
from gymnasium import Space, spaces
from torch import Tensor

from worldmodels.data.frames import to_numpy
from worldmodels.errors import UnknownNameError
from worldmodels.model import WorldModel
from worldmodels.readout import Readout

ObservationKind: TypeAlias = Literal["frames", "features", "both"]


class Observer:
    """Turns beliefs into observations, and describes their space.

    Args:
        model: The model that is observed.
        kind: "frames", uint8 (height, width, channel); "features", float32 (feature,); or "both", a dict of them.

    Raises:
        UnknownNameError: for another kind.
    """

    def __init__(self, model: WorldModel, kind: ObservationKind) -> None:
        readers = {"frames": read_frames, "features": read_features, "both": _read_both}
        if not isinstance(kind, str) or kind not in readers:
            raise UnknownNameError("observation", str(kind), get_args(ObservationKind))
        self.space = _space(model, kind)
        self.read = readers[kind]


def read_frames(readout: Readout) -> np.ndarray[Any, Any]:
    """uint8 (batch, height, width, channel)."""
    return to_numpy(readout.frames)


def read_features(readout: Readout) -> np.ndarray[Any, Any]:
    """float32 (batch, feature), a copy: features may be a part of the belief."""
    features = readout.features
    if features.dtype is not torch.float32:
        features = features.float()
    return host(features).copy()


def host(tensor: Tensor) -> np.ndarray[Any, Any]:
    """A tensor as an array, which shares its memory where it can."""
    array: np.ndarray[Any, Any] = tensor.numpy() if tensor.is_cpu else tensor.cpu().numpy()
    return array


def _read_both(readout: Readout) -> dict[str, np.ndarray[Any, Any]]:
    return {"features": read_features(readout), "frames": read_frames(readout)}


def _space(model: WorldModel, kind: ObservationKind) -> Space[Any]:
    match kind:
        case "frames":
            channel, height, width = model.spec.frame_shape
            return spaces.Box(0, 255, (height, width, channel), np.uint8)
        case "features":
            # Features have no bounds; the largest floats are what the environment checkers accept as some.
            limit = np.finfo(np.float32).max
            return spaces.Box(-limit, limit, (model.feature_dim,), np.float32)
    return spaces.Dict({"features": _space(model, "features"), "frames": _space(model, "frames")})
