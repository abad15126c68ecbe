"""Recording with two Ray workers beside one, and what two processes gain on this machine without Ray."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from worldmodels.errors import DataError, PluginError

GAIN = 1.8
"""At least so many times as fast are two workers."""

EPISODES, STEPS = 400, 10
BARE = "import sys; from worldmodels.benchmarks.busy import work; [work(b'') for _ in range(int(sys.argv[1]))]"


def run() -> list[dict[str, Any]]:
    """Record the same episodes three times: in this process, by one Ray worker, and by two.

    Returns:
        Rows of case, value, unit, baseline, ratio, target and met.

    Raises:
        PluginError: where Ray is not installed.
        DataError: where the data sets are not equal, byte for byte.
    """
    if importlib.util.find_spec("ray") is None:
        raise PluginError("Ray is not installed: pip install 'worldmodels-core[ray]'.")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        _record(folder / "warm", 2, episodes=40)  # starts the cluster and its workers
        one, two = (_record(folder / f"ray{workers}", workers) for workers in (1, 2))
        _record(folder / "here", None)
        for other in ("ray1", "ray2"):
            if _contents(folder / other) != _contents(folder / "here"):
                raise DataError(f"the data set of {other} is not that of one process.")
    steps, (alone, together) = EPISODES * STEPS, (_bare(1), _bare(2))
    ray: dict[str, Any] = {"case": "two Ray workers beside one", "value": steps / two, "unit": "steps/s"}
    ray |= {"baseline": steps / one, "ratio": one / two, "target": f">= {GAIN:g}", "met": one / two >= GAIN}
    bare: dict[str, Any] = {"case": "two bare processes beside one", "value": steps / together, "unit": "steps/s"}
    return [ray, bare | {"baseline": steps / alone, "ratio": alone / together}]


def _record(folder: Path, workers: int | None, episodes: int = EPISODES) -> float:
    """Seconds that it takes; in this process where there are no workers."""
    from worldmodels.data import record
    from worldmodels.worlds import World

    world = World("worldmodels.benchmarks.busy:worldmodels/Busy-v0", size=None)
    where: dict[str, Any] = {} if workers is None else {"processes": workers, "launcher": "ray"}
    begun = time.perf_counter()
    record(world, None, episodes, folder, seed=0, progress=False, **where)
    return time.perf_counter() - begun


def _bare(processes: int) -> float:
    """Seconds of the same work without an environment, shared out among processes, their start left out."""
    seconds = []
    for count in (0, (EPISODES * (STEPS + 1)) // processes):
        begun = time.perf_counter()
        running = [subprocess.Popen([sys.executable, "-c", BARE, str(count)]) for _ in range(processes)]
        for process in running:
            process.wait()
        seconds.append(time.perf_counter() - begun)
    return seconds[1] - seconds[0]


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
