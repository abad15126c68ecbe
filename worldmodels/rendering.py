"""Rendering of videos longer than memory: in chunks, each with the neighbours that it looks at."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from worldmodels.rollout import Entries, Rollout

Hook = Callable[[Entries, Entries], Tensor]


def render_in_chunks(hook: Hook, rollout: Rollout, context: tuple[int, int], at_once: int, rate: int = 1) -> Tensor:
    """What a hook renders of a whole rollout, from calls of at most `at_once` frames beside the neighbours'.

    At the ends of the rollout there are fewer neighbours, in chunks as in one call, so both give the same.

    Args:
        hook: Frames (batch, rate x time, channel, height, width) of beliefs (batch, time) and constants (batch,).
        rollout: What to render.
        context: How many beliefs to the left and right the hook looks at around each.
        at_once: Batch x time of a chunk, without its neighbours.
        rate: Frames that the hook gives for each belief.
    """
    (left, right), times = context, rollout.horizon
    size = max(1, at_once // rollout.batch)
    if times <= size:
        return hook(rollout.beliefs, rollout.constant)
    chunks = []
    for begin in range(0, times, size):
        first, end = max(0, begin - left), min(times, begin + size)
        around = rollout.beliefs[:, first : min(times, end + right)]
        frames = hook(around, rollout.constant)
        chunks.append(frames[:, rate * (begin - first) : rate * (end - first)])
    return torch.cat(chunks, 1)
