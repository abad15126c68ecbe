"""Views and beliefs of running environments: what they know, and rows replaced."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import Tensor

from worldmodels.rollout import Belief, pack
from worldmodels.view import View


def host(tensor: Tensor) -> np.ndarray[Any, Any]:
    """A tensor as an array, which shares its memory where it can."""
    array: np.ndarray[Any, Any] = tensor.numpy() if tensor.is_cpu else tensor.cpu().numpy()
    return array


def known(view: View, name: str) -> Tensor | None:
    """`features` or `frames` if they have been computed, else `None`."""
    tensor: Tensor | None = view.__dict__.get(name)
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
