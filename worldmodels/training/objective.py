"""What a step minimises: the model's loss and those of its heads, on seen and on imagined beliefs."""

from __future__ import annotations

import torch
from torch import Tensor

from worldmodels.batch import Batch
from worldmodels.heads import head_losses
from worldmodels.model import WorldModel
from worldmodels.rollout import Rollout


def objective(model: WorldModel, batch: Batch, progress: float, open_loop: int) -> dict[str, Tensor]:
    """Named terms, of which `total` is minimised.

    Heads learn on the beliefs after every frame and, for `open_loop` steps from one random time, on imagined ones:
    without those they do worse where planners use them. Clips of one frame have no step, so heads sit them out.

    Args:
        model: The model, with its heads.
        batch: Clips of T frames.
        progress: The share of the training that is done.
        open_loop: How many steps to imagine; shorter where the clip ends.
    """
    frames = batch.frames.shape[1]
    if not len(model.heads) or frames < 2:
        return model.losses(batch, progress)
    terms, rollout = model.losses_and_beliefs(batch, progress)
    with model.differentiable():
        features = model.features(rollout)
        extra = {f"head/{name}": loss for name, loss in head_losses(model.heads, features, batch).items()}
        if open_loop:
            extra |= _imagined(model, batch, rollout, features, min(open_loop, frames - 1))
    return {**terms, **extra, "total": torch.stack([terms["total"], *extra.values()]).sum()}


def _imagined(model: WorldModel, batch: Batch, rollout: Rollout, features: Tensor, horizon: int) -> dict[str, Tensor]:
    frames = batch.frames.shape[1]
    time = int(torch.randint(frames - horizon, ()))
    actions = None if batch.actions is None else batch.actions[:, time : time + horizon]
    imagined = model.imagine(model.resume(rollout, time), actions, horizon=horizon)
    # The features before the first imagined step: a reward may be read from those on both sides of it.
    read = torch.cat([features[:, time : time + 1], model.features(imagined)], 1)
    return {f"open_loop/{name}": loss for name, loss in head_losses(model.heads, read, batch, first=time).items()}
