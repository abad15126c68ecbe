"""What rendering only inside objects saves, and what imagining without rendering does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor

import worldmodels
from worldmodels.batch import Batch
from worldmodels.benchmarks.timing import least
from worldmodels.stages import Moment
from worldmodels_inferno.dense import render_densely
from worldmodels_inferno.model import INFERNO
from worldmodels_inferno.rendering import Renderer, Rendering
from worldmodels_inferno.scene import Scene
from worldmodels_inferno.view import Rays

SPARSE, UNSEEN = 1.2, 20.0


def run(frames: int = 8, horizon: int = 10, rounds: int = 3) -> list[dict[str, Any]]:
    """Measure on the CPU's threads as they are, at 64 x 64 and the model's default sizes; sides take turns.

    Args:
        frames: In a batch.
        horizon: Steps that are imagined, with dynamics of 4 layers.
        rounds: Turns of each side, after one that does not count.

    Returns:
        Rows of case, value, unit, baseline, ratio, target, met; the ratio says how many times faster it is.
    """
    model = worldmodels.create("inferno", worldmodels.WorldSpec((3, 64, 64)), dynamics=4)
    assert isinstance(model, INFERNO)
    pictures = torch.rand(frames, 2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    belief = model.eval().observe(pictures)
    rollout = model.imagine(belief, horizon=horizon)
    sides: list[Callable[[], object]] = [lambda: model.render(belief), _densely(lambda: model.render(belief))]
    sides += [lambda: _train(model, pictures), _densely(lambda: _train(model, pictures))]
    sides += [
        lambda: model.imagine(belief, horizon=horizon),
        lambda: (model.imagine(belief, horizon=horizon), model.render(rollout)),
    ]
    seconds = least(sides, rounds)
    cases = (("rendering", SPARSE), ("training step", SPARSE), (f"{horizon} steps imagined without rendering", UNSEEN))
    return [
        _row(case, value, baseline, target)
        for (case, target), value, baseline in zip(cases, seconds[::2], seconds[1::2], strict=True)
    ]


def _train(model: INFERNO, pictures: Tensor) -> None:
    model.train()
    model.losses(Batch(pictures[:, :1]), Moment.at(0.5, "stills"))["total"].backward()
    model.zero_grad()
    model.eval()


def _densely(work: Callable[[], object]) -> Callable[[], object]:
    """The same work with every field asked at every sample."""

    def forward(renderer: Renderer, scene: Scene, rays: Rays, jitter: bool = False) -> Rendering:
        return render_densely(renderer, scene, rays)

    def run_densely() -> None:
        with patch.object(Renderer, "forward", forward):
            work()

    return run_densely


def _row(case: str, value: float, baseline: float, target: float) -> dict[str, Any]:
    ratio = baseline / value
    return {
        "case": case,
        "value": value,
        "unit": "s",
        "baseline": baseline,
        "ratio": ratio,
        "target": f">= {target:g}",
        "met": ratio >= target,
    }
