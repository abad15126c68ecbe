"""`View`: what can be read from a belief, computed only when it is asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import Tensor

from worldmodels.lazy import lazy
from worldmodels.model import WorldModel
from worldmodels.rollout import Belief, pack
from worldmodels.transitions import Transitions


class View:
    """Features and frames of a belief.

    Args:
        model: The model whose belief it is.
        belief: Batch size (batch,).
    """

    def __init__(self, model: WorldModel, belief: Belief) -> None:
        self.model = model
        self.belief = belief

    @lazy
    def features(self) -> Tensor:
        """(batch, feature)."""
        return self.model.features(self.belief)

    @lazy
    def frames(self) -> Tensor:
        """(batch, channel, height, width) in [0, 1]."""
        return self.model.render(self.belief)


def host(tensor: Tensor) -> np.ndarray[Any, Any]:
    """A tensor as an array, which shares its memory where it can."""
    array: np.ndarray[Any, Any] = tensor.numpy() if tensor.is_cpu else tensor.cpu().numpy()
    return array


def arrival(transitions: Transitions, after: Belief) -> View:
    """A view of where a step led, which leaves the departure's memory to the next step."""
    view = View(transitions.model, after)
    for name in ("features", "frames"):
        if name in transitions.__dict__:
            view.__dict__[name] = transitions.__dict__[name]
    return view


def known(readable: View | Transitions, name: str) -> Tensor | None:
    """`features` or `frames` if they have been computed, else `None`."""
    tensor: Tensor | None = readable.__dict__.get(name)
    return tensor


def replace_rows(belief: Belief, rows: Tensor, fresh: Belief) -> Belief:
    """The belief with some rows from another; none of the two changes, as others may hold them."""
    batch = int(belief.batch_size[0])
    return pack({key: belief.get(key).index_copy(0, rows, fresh.get(key)) for key in belief.keys()}, (batch,))


def replace_view(view: View, old: View, rows: Tensor, fresh: View) -> View:
    """Carry over to `view` what `old` had computed, with the rows that were replaced by those of `fresh`."""
    for name in ("features", "frames"):
        tensor = known(old, name)
        if tensor is not None:
            view.__dict__[name] = tensor.index_copy(0, rows, getattr(fresh, name))
    return view
