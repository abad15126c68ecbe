"""How much faster VIM imagines where nobody asks for frames."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import torch

from worldmodels.registry import build
from worldmodels.spec import WorldSpec
from worldmodels_vim.model import VIM

TARGET = 20.0


def run(batch: int = 256, steps: int = 5, rounds: int = 5) -> list[dict[str, Any]]:
    """Measure the default model on 32x32 frames, on the CPU's threads as they are.

    Args:
        batch: Beliefs imagined at once.
        steps: Imagined steps.
        rounds: Turns of each side, after one that does not count.

    Returns:
        One row of case, value, unit, baseline, ratio, target, met.
    """
    torch.manual_seed(0)
    model = build(VIM, WorldSpec((3, 32, 32))).eval()
    belief = model.observe(torch.rand(batch, 1, 3, 32, 32))
    sides = (lambda: model.imagine(belief, horizon=steps), lambda: model.render(model.imagine(belief, horizon=steps)))
    bare, painted = ([_seconds(side) for _ in range(rounds + 1)][1:] for side in sides)
    value, baseline = (1e6 * median(seconds) / (batch * steps) for seconds in (bare, painted))
    ratio = baseline / value
    return [
        {
            "case": f"imagining, batch {batch}, without frames against with",
            "value": value,
            "unit": "us a step",
            "baseline": baseline,
            "ratio": ratio,
            "target": f">= {TARGET:g}",
            "met": ratio >= TARGET,
        }
    ]


def _seconds(side: Callable[[], object]) -> float:
    began = time.perf_counter()
    side()
    return time.perf_counter() - began
