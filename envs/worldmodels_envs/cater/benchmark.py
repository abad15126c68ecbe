"""How fast CATER-like pictures and data sets are made: `run()` measures and compares."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable

import numpy as np

from worldmodels_envs.benchmark_row import BenchmarkRow
from worldmodels_envs.cater.config import CaterConfig
from worldmodels_envs.cater.renderer import Renderer
from worldmodels_envs.cater.video import Video, simulate
from worldmodels_envs.cater.writer import write_cater

RENDER_TARGET, SCALING_TARGET, TRUTH_TARGET = 0.85, 1.8, 10.0
FRAMES, ROUNDS = 60, 5


def run() -> list[BenchmarkRow]:
    """Measure ground truth, rendering and writing.

    Returns:
        One row per case.
    """
    rows = [truth_rate()]
    rows += [render_rate(size, supersample) for size, supersample in ((64, 1), (64, 2), (128, 2))]
    return [*rows, *write_scaling()]


def truth_rate(videos: int = 50) -> BenchmarkRow:
    """Time the ground truth of 301-frame videos without pictures, scaled to 500 of them."""
    seconds = _timed(lambda: [simulate("all_actions", 0, index) for index in range(videos)]) * 500 / videos
    return _row(
        "ground truth of 500 videos", seconds, "s", None, None, f"at most {TRUTH_TARGET:.0f} s", seconds <= TRUTH_TARGET
    )


def render_rate(size: int, supersample: int) -> BenchmarkRow:
    """Compare finished frames with bare `getCameraImage` calls of the same scene and settings, taking turns.

    The baseline draws what a video shows: the objects and their shadow patches of a still camera's video.
    """
    config = CaterConfig(size=size, supersample=supersample)
    video = _crowded(config)
    with Renderer(config) as renderer:
        renderer.load(video.scene)
        ours, bares = zip(*((_rendered(renderer, video), _bare(renderer, video)) for _ in range(ROUNDS)), strict=True)
    ratio = float(np.median(np.array(ours) / np.array(bares)))
    case = f"render {size} px, {supersample}x supersampling"
    return _row(
        case,
        max(ours),
        "frames/s",
        max(bares),
        ratio,
        f"at least {RENDER_TARGET} of bare calls",
        ratio >= RENDER_TARGET,
    )


def write_scaling(videos: int = 64, rounds: int = 2) -> list[BenchmarkRow]:
    """Compare writing CATER's format on two processes with one, taking turns.

    The rates take two free cores. Processor time, workers and their start included, tells on a busy machine too
    what splitting the work costs: at 0.9, two free cores give 1.8 times the rate.
    """
    runs = np.array([[_write(videos, processes) for processes in (1, 2)] for _ in range(rounds)])
    (one, two), (spent, split) = runs[..., 0].max(0), runs[..., 1].min(0)
    rate, work = float(two / one), float(spent / split)
    rate_target, work_target = f"at least {SCALING_TARGET} of one", f"one takes at least {SCALING_TARGET / 2} of it"
    return [
        _row("write on two processes", two, "videos/s", one, rate, rate_target, rate >= SCALING_TARGET),
        _row("processor time of two processes", split, "s", spent, work, work_target, work >= SCALING_TARGET / 2),
    ]


def _write(videos: int, processes: int) -> tuple[float, float]:
    """Return videos per second, and the processor time of all processes in seconds."""
    clock, before = _Clock(), os.times()
    with tempfile.TemporaryDirectory() as folder:
        write_cater(folder, videos, CaterConfig(frames=61), processes=processes, progress=clock)
    return clock.rate(), sum(os.times()[:4]) - sum(before[:4])


class _Clock:
    """Notes when each video is done; the rate leaves the start of the processes out."""

    def __init__(self) -> None:
        self.stamps: list[float] = []

    def __call__(self, done: int, total: int) -> None:
        self.stamps.append(time.perf_counter())

    def rate(self, skip: int = 2) -> float:
        """Return videos per second after the first few."""
        return (len(self.stamps) - 1 - skip) / (self.stamps[-1] - self.stamps[skip])


def _crowded(config: CaterConfig) -> Video:
    """Return a video with nine objects."""
    videos = (simulate(config, 0, index) for index in range(1000))
    return next(video for video in videos if len(video.scene.things) == 9)


def _rendered(renderer: Renderer, video: Video) -> float:
    part = slice(0, FRAMES)
    course = video.timeline.places[part], video.timeline.turns[part], video.scene.eyes[part]
    return FRAMES / _timed(lambda: list(renderer.render(*course)))


def _bare(renderer: Renderer, video: Video) -> float:
    eye = video.scene.eyes[0]
    return FRAMES / _timed(lambda: [renderer.shoot(eye).colours.shape for _ in range(FRAMES)])


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _row(
    case: str, value: float, unit: str, baseline: float | None, ratio: float | None, target: str, met: bool
) -> BenchmarkRow:
    return BenchmarkRow(
        case=f"cater: {case}",
        value=float(value),
        unit=unit,
        baseline=None if baseline is None else float(baseline),
        ratio=ratio,
        target=target,
        met=bool(met),
    )
