"""What a step minimises: the model's loss and those of its heads, on seen and on imagined beliefs."""

from __future__ import annotations

import torch
from torch import Tensor

from worldmodels.batch import Batch
from worldmodels.errors import InputError
from worldmodels.heads import head_losses
from worldmodels.losses import Losses
from worldmodels.model import WorldModel
from worldmodels.rollout import Rollout
from worldmodels.stages import Moment


def objective(model: WorldModel, batch: Batch, moment: Moment, open_loop: int) -> dict[str, Tensor]:
    """Named terms, of which `total` is minimised.

    Heads learn on the beliefs after every frame and, for `open_loop` steps from one random time, on imagined ones:
    without those they do worse where planners use them. Clips of one frame have no step, so heads sit them out.

    Args:
        model: The model, with its heads.
        batch: Clips of T frames.
        moment: Where the training is.
        open_loop: How many steps to imagine; shorter where the clip ends, and none in sparse clips.

    Raises:
        InputError: where heads should learn on sparse clips from a model whose losses come without beliefs.
    """
    frames = batch.frames.shape[1]
    terms = model.losses(batch, moment)
    if not len(model.heads) or frames < 2:
        return terms
    with model.differentiable():
        rollout = _beliefs(model, batch, terms)
        features = model.features(rollout)
        extra = {f"head/{name}": loss for name, loss in head_losses(model.heads, features, batch).items()}
        if open_loop and batch.times is None:
            extra |= _imagined(model, batch, rollout, features, min(open_loop, frames - 1))
    return {**terms, **extra, "total": torch.stack([terms["total"], *extra.values()]).sum()}


def _beliefs(model: WorldModel, batch: Batch, terms: dict[str, Tensor]) -> Rollout:
    """The beliefs after every frame: those of the losses' own pass, else of a second one."""
    if isinstance(terms, Losses) and terms.beliefs is not None:
        return terms.beliefs
    if batch.times is not None:
        raise InputError(
            f"heads cannot learn on sparse clips (span) here: {type(model).__name__}.losses gives no beliefs with them."
        )
    rollout: Rollout = model.observe(batch.frames, batch.actions, every=True)
    return rollout


def _imagined(model: WorldModel, batch: Batch, rollout: Rollout, features: Tensor, horizon: int) -> dict[str, Tensor]:
    frames = batch.frames.shape[1]
    time = int(torch.randint(frames - horizon, ()))
    actions = None if batch.actions is None else batch.actions[:, time : time + horizon]
    try:
        imagined = model.imagine(model.resume(rollout, time), actions, horizon=horizon)
    except KeyError as error:
        raise InputError(
            f"{type(model).__name__} cannot go on from the middle of a clip: imagining reads {error}, which the "
            "rollout of its losses does not keep. Keep it there, override `resume`, or train with open_loop=0."
        ) from error
    # The features before the first imagined step: a reward may be read from those on both sides of it.
    read = torch.cat([features[:, time : time + 1], model.features(imagined)], 1)
    return {f"open_loop/{name}": loss for name, loss in head_losses(model.heads, read, batch, first=time).items()}
