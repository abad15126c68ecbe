"""Episodes played in several processes, here by joblib or on a cluster by Ray; they come back in order."""

from __future__ import annotations

import importlib
import math
import os
from collections.abc import Iterator, Sequence
from typing import Any, Literal, TypeAlias, get_args

from worldmodels.data.episode import Episode
from worldmodels.errors import DataError, InputError, UnknownNameError, WorldModelsError
from worldmodels.worlds import World

Launcher: TypeAlias = Literal["joblib", "ray"]

ROUNDS = 4
"""How often each process is given episodes: each time it makes the environment; but some episodes are long."""


def play(
    world: World, seeds: Sequence[int], signals: tuple[str, ...], launcher: str, workers: int | None
) -> Iterator[Episode]:
    """Episodes of random actions, one for each seed and in their order, whichever process is done first.

    Args:
        world: Each process makes it anew.
        seeds: Of the episodes.
        signals: Entries of `info` to keep.
        launcher: "joblib" for processes of this machine, "ray" for a Ray cluster, or a local one.
        workers: How many; by default the cores, or the cluster's.

    Raises:
        UnknownNameError: for another launcher.
        DataError: where it is not installed.
        InputError: where an episode cannot be played.
    """
    if launcher not in get_args(Launcher):
        raise UnknownNameError("launcher", str(launcher), get_args(Launcher))
    if workers is not None and workers < 1:
        raise InputError(f"workers={workers} given; at least 1 is needed.")
    run = _by_joblib if launcher == "joblib" else _by_ray
    for played in run(world, seeds, signals, workers):
        if isinstance(played, str):
            raise InputError(played)
        yield from played


def _by_joblib(
    world: World, seeds: Sequence[int], signals: tuple[str, ...], workers: int | None
) -> Iterator[list[Episode] | str]:
    joblib = _module("joblib", "hydra-joblib-launcher")
    workers = workers or os.cpu_count() or 1
    jobs = (joblib.delayed(_play)(world, shard, signals) for shard in _shards(seeds, workers))
    yield from joblib.Parallel(n_jobs=workers, return_as="generator")(jobs)


def _by_ray(
    world: World, seeds: Sequence[int], signals: tuple[str, ...], workers: int | None
) -> Iterator[list[Episode] | str]:
    ray = _module("ray", "ray")
    if not ray.is_initialized():
        ray.init(num_cpus=workers, include_dashboard=False, log_to_driver=False)
    workers = workers or int(ray.cluster_resources().get("CPU", 1))
    remote, shards = ray.remote(num_cpus=1)(_play), iter(_shards(seeds, workers))
    # Finished shards wait in memory for the ones before them, so only a few are under way.
    waiting = [remote.remote(world, shard, signals) for shard, _ in zip(shards, range(2 * workers), strict=False)]
    while waiting:
        yield ray.get(waiting.pop(0))
        waiting += [remote.remote(world, shard, signals) for shard, _ in zip(shards, range(1), strict=False)]


def _play(world: World, seeds: Sequence[int], signals: tuple[str, ...]) -> list[Episode] | str:
    """Episodes where they are played; an error of ours returns as text, since not every one can be sent back."""
    from worldmodels.data.recorder import Recorder

    try:
        env = world.make()
        try:
            return [Recorder(env, None, None, signals).play(seed) for seed in seeds]
        finally:
            env.close()
    except WorldModelsError as error:
        return str(error)


def _shards(seeds: Sequence[int], workers: int) -> list[Sequence[int]]:
    size = math.ceil(len(seeds) / (ROUNDS * workers))
    return [seeds[first : first + size] for first in range(0, len(seeds), size)]


def _module(name: str, distribution: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise DataError(f"launcher={name} needs one more package: pip install {distribution}.") from error
