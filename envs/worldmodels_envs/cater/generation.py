"""Episodes with pictures, as dicts of arrays: one video after another, in one process or several."""

from __future__ import annotations

import functools
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from worldmodels_envs.cater.camera import ball_area, project
from worldmodels_envs.cater.catalogue import SNITCH_RADIUS
from worldmodels_envs.cater.config import CaterConfig, resolve_config
from worldmodels_envs.cater.renderer import Renderer
from worldmodels_envs.cater.video import Video, simulate

Arrays = dict[str, npt.NDArray[Any]]
Result = TypeVar("Result")
# The snitch is a knot: seen freely it covers about this share of the disc around it.
KNOT_COVER = 0.72


def episodes(
    config: CaterConfig | str = "all_actions",
    count: int = 1,
    seed: int = 0,
    *,
    start: int = 0,
    stride: int = 1,
    masks: bool = False,
    depth: bool = False,
    processes: int = 1,
) -> Iterator[Arrays]:
    """Yield generated videos number start, start + 1, ... as dicts of arrays.

    The same seed and number give the same arrays, whatever the number of processes. With several processes
    the caller's script needs the usual `if __name__ == "__main__":` guard.

    Args:
        config: What to generate, or the name of one of `VARIANTS`.
        count: How many videos.
        seed: Which endless row of videos.
        start: Number of the first video.
        stride: Keep every stride-th frame, counted from the last one back, so that the last is always there.
        masks: Add `masks` int8 (frames, height, width), the object's number or -1.
        depth: Add `depth` float32 (frames, height, width), distance along the viewing axis.
        processes: How many processes draw.

    Yields:
        `frames` uint8 (frames, height, width, 3), `visibility` float32 (frames,), about which share of the
        snitch is seen, and what `Video.truth` returns.
    """
    job = functools.partial(
        _draw_one, config=resolve_config(config), seed=seed, stride=stride, masks=masks, depth=depth
    )
    yield from spread(job, range(start, start + count), processes)


def signals(episode: Arrays) -> Arrays:
    """Return all arrays of an episode but its frames, with one row per frame.

    What is constant (`label`, `labels`, `radii`) is repeated, so that stores of per-frame signals take it.
    """
    frames = len(episode["frames"])
    constant = ("label", "labels", "radii")
    return {
        name: np.repeat(values[None], frames, axis=0) if name in constant else values
        for name, values in episode.items()
        if name != "frames"
    }


def render_video(
    video: Video, renderer: Renderer, *, stride: int = 1, masks: bool = False, depth: bool = False
) -> Arrays:
    """Render a video with a renderer of the same configuration; arrays as `episodes` yields them."""
    chosen = kept_frames(len(video.timeline.places), stride)
    renderer.load(video.scene)
    places, turns, eyes = (
        video.timeline.places[chosen],
        video.timeline.turns[chosen],
        video.scene.eyes[chosen],
    )
    pictures = list(renderer.render(places, turns, eyes, masks=True, depth=depth))
    seen = np.array([picture.snitch for picture in pictures])
    arrays: Arrays = {"frames": np.stack([picture.frame for picture in pictures])}
    if masks:
        arrays["masks"] = np.stack([picture.mask for picture in pictures if picture.mask is not None])
    if depth:
        arrays["depth"] = np.stack([picture.depth for picture in pictures if picture.depth is not None])
    arrays["visibility"] = visible_share(seen, places[:, 0], eyes, video.config)
    return arrays | video.truth(chosen)


def visible_share(
    seen: npt.NDArray[Any], places: npt.NDArray[Any], eyes: npt.NDArray[Any], config: CaterConfig
) -> npt.NDArray[np.float32]:
    """Return about which share of the snitch is seen (frames,), from the px that it covers (frames,)."""
    depth = project(places[:, None], eyes, config.height, config.width)[:, 0, 2]
    whole = KNOT_COVER * ball_area(SNITCH_RADIUS, depth, config.height, config.width)
    return (seen / whole).clip(0, 1).astype(np.float32)


def kept_frames(frames: int, stride: int) -> npt.NDArray[np.intp]:
    """Return the numbers of every stride-th frame, the last one among them.

    Raises:
        ValueError: The stride is no whole number of at least 1.
    """
    if type(stride) is not int or stride < 1:
        raise ValueError(f"stride is {stride!r:.80}, must be a whole number of at least 1")
    return np.arange((frames - 1) % stride, frames, stride)


def spread(job: Callable[[int], Result], numbers: Iterable[int], processes: int) -> Iterator[Result]:
    """Yield a job's results in order, from this process or from several.

    Raises:
        ValueError: There is not even one process.
    """
    if processes < 1:
        raise ValueError(f"processes is {processes}, must be at least 1")
    if processes == 1:
        yield from map(job, numbers)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        yield from _in_order(pool, job, numbers, ahead=3 * processes)


def _in_order(
    pool: ProcessPoolExecutor, job: Callable[[int], Result], numbers: Iterable[int], ahead: int
) -> Iterator[Result]:
    """Keep a few jobs ahead of the reader, not all of them: results are large."""
    pending: deque[Future[Result]] = deque()
    try:
        for number in numbers:
            pending.append(pool.submit(job, number))
            if len(pending) > ahead:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        for future in pending:
            future.cancel()


@functools.cache
def worker_renderer(config: CaterConfig) -> Renderer:
    """Return this process's renderer for a configuration, kept until the process ends."""
    return Renderer(config)


def _draw_one(index: int, *, config: CaterConfig, seed: int, stride: int, masks: bool, depth: bool) -> Arrays:
    video = simulate(config, seed, index)
    return render_video(video, worker_renderer(config), stride=stride, masks=masks, depth=depth)
