"""`ActionReader`: a batch of Gymnasium actions as the model takes them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from gymnasium import Space, spaces
from torch import Tensor

from worldmodels.actions import ActionCodec
from worldmodels.errors import InputError
from worldmodels.model import WorldModel

_ROUNDING = 1e-4
"""How far outside a Box an action may be, in halves of its width: float32 policies round."""


class ActionReader:
    """Encodes actions and refuses those that the model has never seen.

    Args:
        model: The model that they are for; without actions of its own it gets the space `Discrete(1)`: watch on.
    """

    def __init__(self, model: WorldModel) -> None:
        self._watching = model.spec.action_space is None
        self.space: Space[Any] = model.spec.action_space or spaces.Discrete(1)
        self._codec = ActionCodec(self.space)
        self._device = model.device
        self._on_host = model.device.type == "cpu"
        self._limits = _limits(self.space)
        self._plain = self._on_host and _is_plain(self.space)

    def __call__(self, actions: Any, batch: int) -> Tensor | None:
        """Actions as vectors (batch, action), or `None` for a model without actions.

        Raises:
            InputError: for another shape, or actions outside the space.
        """
        if self._plain and type(actions) is np.ndarray and actions.shape == (batch, self._codec.dim):
            # The common case of policies with bounded outputs; NaN is neither at most 1 nor at least -1.
            numbers = actions.copy() if actions.dtype == np.float32 else actions.astype(np.float32)
            if numbers.item(numbers.argmax()) <= 1 and numbers.item(numbers.argmin()) >= -1:
                return torch.from_numpy(numbers)
        vectors = self._codec.encode(actions)
        if vectors.ndim != 2 or vectors.shape[0] != batch:
            given = tuple(vectors.shape[:-1])
            raise InputError(f"actions for {batch} environments needed, each one of {self.space}; got a batch {given}.")
        if self._limits is not None:
            self._check_range(vectors.numpy())
        if self._watching:
            return None
        return vectors if self._on_host else vectors.to(self._device)

    def _check_range(self, vectors: np.ndarray[Any, Any]) -> None:
        # Nearly always all lie within one, and arg max is the cheapest way to see it.
        if vectors.item(vectors.argmax()) <= 1 and vectors.item(vectors.argmin()) >= -1:
            return
        if not (np.abs(vectors) <= self._limits).all():
            raise InputError(f"an action is outside {self.space}; clip it, as gymnasium.wrappers.ClipAction does.")


def _is_plain(space: Space[Any]) -> bool:
    """Whether actions are their own vectors: a Box of one axis from -1 to 1."""
    return (
        isinstance(space, spaces.Box)
        and len(space.shape) == 1
        and bool((space.low == -1).all() and (space.high == 1).all())
    )


def _limits(space: Space[Any]) -> np.ndarray[Any, Any] | None:
    """Bounds of a Box's encoded actions, infinite where the codec does not scale; `None` for other spaces."""
    if not isinstance(space, spaces.Box):
        return None
    bounded = np.isfinite(space.low) & np.isfinite(space.high)
    return np.where(bounded, 1 + _ROUNDING, np.inf).astype(np.float32).ravel()
