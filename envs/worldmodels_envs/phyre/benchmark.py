"""Speed: simulations and images a second on one core, and what a second core adds.

python -m worldmodels_envs.phyre.benchmark
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Executor

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmodels_envs.benchmark_row import BenchmarkRow, at_least
from worldmodels_envs.phyre.action import place, valid
from worldmodels_envs.phyre.attempt import simulate_many, worker_pool
from worldmodels_envs.phyre.raster import Painter
from worldmodels_envs.phyre.scene import Scene
from worldmodels_envs.phyre.simulation import simulate
from worldmodels_envs.phyre.tasks import shipped, task

ORIGINAL_SIMULATIONS = 249.0
"""The original's simulations a second on one core, without images."""
ORIGINAL_IMAGES = 3700.0
"""The original's images a second, 256 x 256, simulation included."""


def run() -> list[BenchmarkRow]:
    """Measure all cases; about a minute on two cores."""
    ids = [f"{template}:{index:03d}" for template in shipped() for index in (0, 50)]
    scenes = [task(id) for id in ids]
    actions = np.random.default_rng(0).random((len(scenes), 64, 3))
    speed = simulations_per_second(scenes, actions)
    images = images_per_second(scenes)
    gain = scaling(scenes, actions)
    return [
        at_least(200.0, "simulations, no images, one core", speed, "1/s of CPU time", ORIGINAL_SIMULATIONS),
        at_least(5000.0, "images of 64 x 64, one core", images, "1/s of CPU time", ORIGINAL_IMAGES),
        at_least(1.8, "two workers against one", gain, "times"),
    ]


def simulations_per_second(scenes: Sequence[Scene], actions: NDArray[np.float64], each: int = 8) -> float:
    """Valid random attempts a second of this process's CPU time, `each` per scene."""
    tried = [
        place(scene, action)
        for scene, row in zip(scenes, actions, strict=True)
        for action in row[valid(scene, row)][:each]
    ]
    started = time.process_time()
    for scene in tried:
        simulate(scene)
    return len(tried) / (time.process_time() - started)


def images_per_second(scenes: Sequence[Scene], size: int = 64, each: int = 200) -> float:
    """Images a second of this process's CPU time, of moving scenes."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    videos = [(Painter(scene, size), scene.poses) for scene in scenes]
    started = time.process_time()
    for painter, poses in videos:
        for _ in range(each):
            painter.frame(poses)
    elapsed = time.process_time() - started
    cv2.setNumThreads(threads)
    return len(videos) * each / elapsed


def scaling(scenes: Sequence[Scene], actions: NDArray[np.float64], rounds: int = 2) -> float:
    """How many times faster two workers simulate than one, both at work before the clock starts; they take turns."""
    with worker_pool(1) as one, worker_pool(2) as two:
        for pool in (one, two):
            # Enough pieces that the second process is wanted, and started.
            simulate_many(scenes[:8], actions[:8], executor=pool)
        seconds = [[_seconds(scenes, actions, pool) for pool in (one, two)] for _ in range(rounds)]
    alone, both = np.min(seconds, axis=0)
    return float(alone / both)


def _seconds(scenes: Sequence[Scene], actions: NDArray[np.float64], pool: Executor) -> float:
    started = time.perf_counter()
    simulate_many(scenes, actions, executor=pool)
    return time.perf_counter() - started


def main() -> None:
    """Print the figures."""
    for row in run():
        print(f"{row['case']}: {row['value']:.1f} {row['unit']} ({row['target']}: {row['met']})")


if __name__ == "__main__":
    main()
