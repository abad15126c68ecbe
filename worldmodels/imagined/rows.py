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
    features, frames = old.known_features, old.known_frames
    return Readout(
        old.model,
        replace_rows(old.of, rows, fresh.of),
        None if features is None else features.index_copy(0, rows, fresh.features),
        None if frames is None else frames.index_copy(0, rows, fresh.frames),
    )
