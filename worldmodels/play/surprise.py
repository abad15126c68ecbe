"""How surprising the newest frame is to a model that knows a likelihood."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from worldmodels.abilities import Likelihood
from worldmodels.data.frames import to_float
from worldmodels.play.history import Point

SCORED = 3
"""Frames of which the last is scored: more would cost more than they tell."""


def surprise(
    model: Likelihood, context: tuple[Tensor, Tensor | None], past: list[Point], generator: torch.Generator
) -> float:
    """Bits for each number of the newest frame, given those before: of the real frames, or else the imagined ones.

    Args:
        model: Whose likelihood it is.
        context: Frames (1, time, channel, height, width) before the first point, and the actions between them.
        past: All points; those that no action led to, such as edits, are passed over.
        generator: Of all draws.
    """
    frames, actions = context
    steps = [point for point in past if point.actions]
    if past[0].real is None:
        newest = [point.frames[-1][-1] for point in steps]
    else:
        newest = [point.real.frame for point in steps if point.real is not None]
    if newest:
        frames = torch.cat([frames, to_float(np.stack(newest), model.device).unsqueeze(0)], 1)
    vectors = [point.vector.unsqueeze(1) for point in steps[: len(newest)] if point.vector is not None]
    known = ([] if actions is None else [actions]) + vectors
    count = min(frames.shape[1], max(SCORED, model.least_context + 1))
    acted = torch.cat(known, 1)[:, 1 - count :] if known else None
    return float(model.log_prob(frames[:, -count:], acted, context=count - 1, generator=generator).bits)
