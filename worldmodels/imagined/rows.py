"""Rows of running environments, replaced where episodes begin anew."""

from __future__ import annotations

from torch import Tensor

from worldmodels.readout import Readout
from worldmodels.rollout import Belief, pack


def replace_rows(belief: Belief, rows: Tensor, fresh: Belief) -> Belief:
    """The belief with some rows from another; none of the two changes, as others may hold them."""
    batch = int(belief.batch_size[0])
    return pack({key: belief.get(key).index_copy(0, rows, fresh.get(key)) for key in belief.keys()}, (batch,))


def replace_readout(old: Readout, rows: Tensor, fresh: Readout) -> Readout:
    """The readout with some rows from another, and all that the old one had computed."""
    readout = Readout(old.model, replace_rows(old.of, rows, fresh.of))
    for name in ("features", "frames"):
        tensor = old.known(name)
        if tensor is not None:
            readout.learn(name, tensor.index_copy(0, rows, getattr(fresh, name)))
    return readout
