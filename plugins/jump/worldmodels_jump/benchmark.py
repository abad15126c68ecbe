"""What asking for a frame far ahead alone costs, beside asking for the next one, and beside models that step there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

import worldmodels
from worldmodels.benchmarks.timing import least
from worldmodels.errors import PluginError, UnknownNameError
from worldmodels.model import WorldModel
from worldmodels_jump.model import JUMP

FAR = 40
# How many times cheaper than stepping, for each model that is installed.
TARGETS = {"vrnn": 12.0, "srvp": 3.0}


def run(videos: int = 16, rounds: int = 9) -> list[dict[str, Any]]:
    """Measure on the CPU's threads as they are, at 32 x 32 and the models' default sizes; sides take turns.

    Each side has seen a frame or, where it needs more, so many; its cost is that of imagining and of rendering the one
    frame asked for, not of observing. One video is what a person or an agent asks about; in a batch a state of a few
    numbers, as SRVP's, steps as fast as for one video, while maps cost their share.

    Args:
        videos: In a batch; what it costs is measured beside the cost of one video.
        rounds: Turns of each side, after one that does not count.

    Returns:
        Rows of case, value, unit, baseline, ratio, target, met; the ratio says how many times cheaper it is, and for
        the far frame beside the next how much dearer.
    """
    return [row for count in dict.fromkeys((1, videos)) for row in _measure(count, rounds)]


def _measure(videos: int, rounds: int) -> list[dict[str, Any]]:
    spec = worldmodels.WorldSpec((3, 32, 32))
    frames = torch.rand(videos, 5, *spec.frame_shape, generator=torch.Generator().manual_seed(0))
    jump = worldmodels.create("jump", spec).eval()
    assert isinstance(jump, JUMP)
    belief = jump.observe(frames)

    def ask(time: float) -> Callable[[], object]:
        times = torch.full((videos, 1), time)
        return lambda: jump.render(jump.imagine_at(belief, times))

    others = {name: model for name in TARGETS if (model := _installed(name, spec)) is not None}
    seconds = least([ask(float(FAR)), ask(1.0), *(_step_to(model, frames) for model in others.values())], rounds)
    far, near, *stepped = seconds
    many = "1 video" if videos == 1 else f"{videos} videos"
    rows = [_row(f"{many}: frame {FAR} alone beside frame 1", far, near, far / near, "<= 1.2", far / near <= 1.2)]
    for name, cost in zip(others, stepped, strict=True):
        ratio, target = cost / far, TARGETS[name]
        case = f"{many}: frame {FAR} beside {name}, which steps"
        rows.append(_row(case, far, cost, ratio, f">= {target:g}", ratio >= target))
    return rows


def _step_to(model: WorldModel, frames: torch.Tensor) -> Callable[[], object]:
    belief = model.observe(frames)
    # Of a rollout only the last frame is rendered, where a model can imagine without rendering.
    return lambda: model.render(model.imagine(belief, horizon=FAR).last)


def _installed(name: str, spec: worldmodels.WorldSpec) -> WorldModel | None:
    try:
        return worldmodels.create(name, spec).eval()
    except (UnknownNameError, PluginError):
        return None


def _row(case: str, value: float, baseline: float, ratio: float, target: str, met: bool) -> dict[str, Any]:
    return {
        "case": case,
        "value": value,
        "unit": "s",
        "baseline": baseline,
        "ratio": ratio,
        "target": target,
        "met": met,
    }
