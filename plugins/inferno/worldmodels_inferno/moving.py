"""The losses of clips: imagined objects have to be where they are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from worldmodels.noise import Noise

if TYPE_CHECKING:
    from worldmodels_inferno.model import INFERNO


def moving_losses(model: INFERNO, frames: Tensor, actions: Tensor | None) -> dict[str, Tensor]:
    """Squared errors of imagined places and sizes, over rollouts from one frame of each clip (SlotFormer's slot loss).

    Args:
        model: Whose eyes stay as they are.
        frames: (batch, time, channel, height, width).
        actions: That lead into each frame (batch, time, action).
    """
    c, noise = model.config, Noise()
    with torch.no_grad():
        found = model._observe(frames, actions, None, noise)
    horizon = min(c.rollout, frames.shape[1] - 1)
    start = int(torch.randint(0, frames.shape[1] - horizon, ()))
    belief, errors, sizes = model.resume(found, start), [], []
    for time in range(start + 1, start + 1 + horizon):
        belief = model._step(belief, None if actions is None else actions[:, time], noise)
        # Only what is seen then tells where it is.
        sure = found.beliefs["sure"][:, time, :-1]
        apart = belief["places"][:, :-1] - found.beliefs["places"][:, time, :-1]
        growth = belief["scales"][:, :-1].log() - found.beliefs["scales"][:, time, :-1].log()
        errors.append((sure * apart.square()).sum((1, 2)) / sure.sum((1, 2)).clamp_min(1.0))
        sizes.append((sure * growth.square()).mean((1, 2)))
    place, size = torch.stack(errors).mean(), torch.stack(sizes).mean()
    return {"place": place, "size": size, "total": place + 0.1 * size}
