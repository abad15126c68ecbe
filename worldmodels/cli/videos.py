"""The videos that an evaluation reads: the beginning of each recorded episode that is long enough."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from worldmodels.errors import InputError

if TYPE_CHECKING:
    from worldmodels.batch import Batch
    from worldmodels.data import ClipSampler
    from worldmodels.model import WorldModel


def beginnings(data: str, length: int, videos: int) -> ClipSampler:
    """The first `length` frames of at most `videos` episodes.

    Raises:
        InputError: where no episode is that long.
    """
    from worldmodels.data import ClipSampler, EpisodeStore

    store = EpisodeStore(data)
    long = [index for index, steps in enumerate(store.steps) if steps + 1 >= length][:videos]
    if not long:
        raise InputError(f"no episode of {data} has {length} frames; ask for fewer.")
    return ClipSampler(store.subset(long), length)


def batches(sampler: ClipSampler, model: WorldModel, size: int) -> Iterator[Batch]:
    """Each video once, `size` at a time, on the model's device."""
    from worldmodels.batch import Batch
    from worldmodels.data.frames import to_float

    count = len(sampler.episodes)
    for first in range(0, count, size):
        clips = sampler.at(range(first, min(first + size, count)))
        actions = model.codec.encode(clips.actions, model.device) if model.codec.dim else None
        yield Batch(to_float(clips.frames, model.device), actions)
