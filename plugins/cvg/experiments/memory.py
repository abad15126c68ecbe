"""Peak memory and time of a training step of two levels beside one model at full resolution, and of rendering.

python plugins/cvg/experiments/memory.py

Each measurement is a process of its own, whose peak beyond what stands before the first step counts.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import torch

from worldmodels.batch import Batch
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment
from worldmodels_cvg.config import LevelConfig
from worldmodels_cvg.model import CVG

SIZE, LENGTH, BATCH = 64, 24, 4
_CRITICS: dict[str, Any] = {"channels": 16, "critic_channels": 16, "critic_blocks": (1, 2, 4), "frames": 8, "shrink": 2}


def levels(window: int | None) -> tuple[LevelConfig, ...]:
    """16 to 64 in two levels, the second on a window; or, without one, one level of 64 with the units of both."""
    if window is None:
        return (LevelConfig(units=(4, 4, 4, 2, 1), statistics="time", **_CRITICS),)
    first = LevelConfig(units=(4, 4, 4), statistics="time", **_CRITICS)
    return first, LevelConfig(factor=4, units=(4, 2, 1), window=window, **_CRITICS)


def training_step(window: int | None, number: int) -> dict[str, float]:
    """A turn of the critics and one of the generator of a level: MiB at their peak, and seconds of process time."""
    model = _model(window).train()
    batch = Batch(torch.rand(BATCH, LENGTH + 2, 3, SIZE, SIZE))
    before, seconds = _forget_peak(), 0.0
    for turn in (f"critic{number + 1}", f"generator{number + 1}"):
        prefixes = next(group.prefixes for group in model.groups if group.name == turn)
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(name.startswith(prefixes))
        times = []
        for _ in range(2):
            begin = time.process_time()
            model.losses(batch, Moment.at(0.0, f"level{number + 1}", turn))["total"].backward()
            times.append(time.process_time() - begin)
        # Two critics' turns to one of the generator.
        seconds += min(times) * (2 if turn.startswith("critic") else 1)
    return {"peak_mib": _peak() - before, "seconds": seconds}


def rendering(horizon: int) -> dict[str, float]:
    """MiB that rendering a video of one imagination at the second level needs at its peak, beside the video."""
    model = _model(6).eval()
    model.render_frames = 12
    rollout = model.imagine(model.observe(torch.rand(1, 2, 3, SIZE, SIZE)), horizon=horizon)
    before = _forget_peak()
    frames = model.render(rollout)
    return {"peak_mib": _peak() - before, "video_mib": frames.numel() * 4 / 2**20}


def _model(window: int | None) -> CVG:
    torch.manual_seed(0)
    model = build(CVG, WorldSpec((3, SIZE, SIZE)), None, {"levels": levels(window)})
    assert isinstance(model, CVG)
    return model


def _forget_peak() -> float:
    """Begin a new peak at what is resident now, which is returned, MiB."""
    Path("/proc/self/clear_refs").write_text("5")
    return _peak()


def _peak() -> float:
    """The process's largest resident memory since the last peak was forgotten, MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return float(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


CASES = {
    "one level of 64 x 64, 24 frames": lambda: training_step(None, 0),
    "level 1, 16 x 16, 24 frames": lambda: training_step(6, 0),
    "level 2, 64 x 64, window of 6": lambda: training_step(6, 1),
    "level 2, 64 x 64, window of 3": lambda: training_step(3, 1),
    "rendering 12 frames": lambda: rendering(12),
    "rendering 96 frames": lambda: rendering(96),
}


def main() -> None:
    """Every case in a process of its own, a line of JSON each."""
    if len(sys.argv) > 1:
        print(json.dumps(CASES[sys.argv[1]]()))
        return
    for case in CASES:
        done = subprocess.run([sys.executable, __file__, case], capture_output=True, text=True, check=True)
        found = {key: round(value, 2) for key, value in json.loads(done.stdout).items()}
        print(json.dumps({"case": case, **found}), flush=True)


if __name__ == "__main__":
    main()
