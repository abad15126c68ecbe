"""Episodes played on a Ray cluster, or by a local one; they come back in order."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from worldmodels.data.episode import Episode
from worldmodels.errors import DataError, InputError, WorldModelsError

ROUNDS = 4
"""How often each worker is given episodes: each time it makes the environment; but some episodes are long."""


def play_on_ray(make: Callable[[], Callable[[int], Episode]], seeds: Sequence[int], workers: int) -> Iterator[Episode]:
    """Episodes in the order of their seeds, whichever worker is done first.

    Args:
        make: Makes, where it is called, what plays an episode from a seed.
        seeds: Of the episodes.
        workers: How many play at once.

    Raises:
        DataError: where Ray is not installed.
        InputError: where an episode cannot be played.
    """
    try:
        ray: Any = importlib.import_module("ray")
    except ImportError as error:
        raise DataError("launcher=ray needs one more package: pip install 'worldmodels-core[ray]'.") from error
    if not ray.is_initialized():
        # A cluster that this machine is part of is found by RAY_ADDRESS; else one is started here.
        ray.init(include_dashboard=False, log_to_driver=False)
    size = math.ceil(len(seeds) / (ROUNDS * workers))
    shards = iter([seeds[first : first + size] for first in range(0, len(seeds), size)])
    remote = ray.remote(num_cpus=1)(_play)
    waiting: list[Any] = []
    running: list[Any] = []
    while True:
        # Finished shards wait in memory for the ones before them, so only a few are under way.
        while len(running) < workers and len(waiting) < 2 * workers and (shard := next(shards, None)) is not None:
            running.append(remote.remote(make, shard))
            waiting.append(running[-1])
        if not waiting:
            return
        running = ray.wait(running)[1] if running else []
        while waiting and waiting[0] not in running:
            played = ray.get(waiting.pop(0))
            if isinstance(played, str):
                raise InputError(played)
            yield from played


def _play(make: Callable[[], Callable[[int], Episode]], seeds: Sequence[int]) -> list[Episode] | str:
    """Episodes where they are played; an error of ours returns as text, since not every one can be sent back."""
    try:
        return list(map(make(), seeds))
    except WorldModelsError as error:
        return str(error)
