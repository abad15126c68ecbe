"""`Clip`: what a training step is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from worldmodels.batch import Batch
from worldmodels.errors import InputError
from worldmodels_cvg.critic import shrink

if TYPE_CHECKING:
    from worldmodels_cvg.model import CVG


class Clip(NamedTuple):
    """What a training step is about, frames in [-1, 1].

    Attributes:
        recent: (batch, context, channel, height, width) at the first level's size: what is seen.
        views: Of each level the frames that follow, (batch, rate x time, channel, height, width).
        actions: (batch, time, action) that lead to them.
        led: (batch, context, action) that led to the frames seen.
        label: (batch, class).
        seen: How many frames of `recent` are different ones.
    """

    recent: Tensor
    views: list[Tensor]
    actions: Tensor
    led: Tensor
    label: Tensor
    seen: int

    @classmethod
    def cut(cls, batch: Batch, model: CVG) -> Clip:
        """From 1 to `context` frames are seen, the first one repeated where there are fewer; the others follow.

        Raises:
            InputError: for clips that are too short.
        """
        c, pixels = model.config, model.spec.frame_shape[1]
        rate = model.levels[-1].rate
        frames = 2 * batch.frames - 1
        count = frames.shape[1] // rate
        horizon = count - c.context
        if horizon < 1:
            raise InputError(f"clips of {frames.shape[1]} frames are too short; CVG needs {model.minimum_frames}.")
        seen = int(torch.randint(1, c.context + 1, ()))
        coarse = shrink(frames[:, ::rate], pixels // model.levels[0].size[0])
        recent = torch.cat([coarse[:, :1].expand(-1, c.context - seen, -1, -1, -1), coarse[:, :seen]], 1)
        views = []
        for level in model.levels:
            first, step = seen * rate, rate // level.rate
            followed = frames[:, first : first + (horizon * level.rate - 1) * step + 1 : step]
            views.append(shrink(followed, pixels // level.size[0]))
        led = frames.new_zeros(len(frames), count, model.codec.dim)
        if model.codec.dim and batch.actions is not None:
            led = F.pad(batch.actions, (0, 0, 1, 0))
        padding = led.new_zeros(len(led), c.context - seen, led.shape[2])
        before = torch.cat([padding, led[:, :seen]], 1)
        return cls(recent, views, led[:, seen : seen + horizon], before, _label(batch, c.classes), seen)


def _label(batch: Batch, classes: int) -> Tensor:
    """Class labels (batch, class) as ones and zeros; where none is recorded, all are equally likely."""
    recorded = batch.signals.get("label")
    if classes and recorded is not None:
        return F.one_hot(recorded[:, 0].long(), classes).to(batch.frames.dtype)
    return batch.frames.new_full((len(batch.frames), classes), 1 / max(1, classes))
