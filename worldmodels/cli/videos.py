"""The videos that an evaluation reads: the beginning of each recorded episode that is long enough."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from worldmodels.errors import InputError

if TYPE_CHECKING:
    from worldmodels.batch import Batch
    from worldmodels.data import ClipSampler
    from worldmodels.model import WorldModel
    from worldmodels.worlds import World


def own_world(checkpoint: str) -> World:
    """The world that a checkpoint was trained in.

    Raises:
        InputError: where it does not say.
    """
    from worldmodels.checkpoints import find, read_config
    from worldmodels.worlds.choice import world_of

    world = world_of(read_config(find(checkpoint)).get("provenance") or {})
    if world is None:
        raise InputError(f"{checkpoint} does not say its world; give recorded episodes with data=FOLDER.")
    return world


def own_episodes(checkpoint: str, out: str, episodes: int, seed: int, factor: str | None = None) -> str:
    """The data set of fresh random episodes of the world that a checkpoint was trained in, kept in the report's folder.

    Args:
        checkpoint: A trained model.
        out: The report's folder.
        episodes: How many; those that are there already are not recorded again.
        seed: The report's; episodes have another one than recordings that are trained on have by default.
        factor: What is drawn anew for each episode, of the world's factors of variation.

    Raises:
        InputError: where the checkpoint does not say its world.
        DataError: where the folder holds episodes of another one.
    """
    from worldmodels.data import EpisodeStore, record
    from worldmodels.data.store import STORE_FILE
    from worldmodels.evaluation.factors import under

    world, folder = own_world(checkpoint), Path(out) / "episodes"
    if factor is not None:
        world, folder = under(world, factor), Path(out) / f"episodes_{factor}"
    missing = episodes - (len(EpisodeStore(folder)) if (folder / STORE_FILE).exists() else 0)
    if missing > 0:
        record(world, None, missing, folder, seed=seed + 10_000)
    return str(folder)


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
