"""How much faster VIM imagines where nobody asks for frames."""

from __future__ import annotations

from typing import Any

import torch

from worldmodels.benchmarks.timing import medians
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels_vim.model import VIM

TARGET = 20.0


def run(batch: int = 256, steps: int = 5, rounds: int = 15) -> list[dict[str, Any]]:
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
    value, baseline = (1e6 * seconds / (batch * steps) for seconds in medians(sides, rounds))
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
