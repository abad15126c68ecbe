"""What can be evaluated as a video predictor: a world model, and the baseline that every model must beat."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor

from worldmodels.model import WorldModel

Predictor: TypeAlias = Callable[[Tensor, "Tensor | None", int, "torch.Generator | None"], Tensor]
"""predict(context, actions, horizon, generator) -> video.

context (B, T, C, H, W) in [0, 1]; actions (B, T - 1 + horizon, A) or None; video (B, horizon, C, H, W).
"""

_RENDERED_AT_ONCE = 512


def copy_last(
    context: Tensor, actions: Tensor | None, horizon: int, generator: torch.Generator | None = None
) -> Tensor:
    """The baseline `Predictor`: the last frame seen stays as it is."""
    return context[:, -1:].expand(-1, horizon, -1, -1, -1)


def world_model_predictor(model: WorldModel, temperature: float = 1.0) -> Predictor:
    """A `Predictor` that observes the context, imagines and renders.

    Few frames are rendered at once, so that a decoder's memory does not grow with the horizon.

    Args:
        model: Any world model; clips must be on its device.
        temperature: Scales the noise of every latent; 0 means the means.
    """

    def predict(context: Tensor, actions: Tensor | None, horizon: int, generator: torch.Generator | None) -> Tensor:
        past, future = _split_actions(actions, context.shape[1] - 1)
        belief = model.observe(context, past, generator=generator, temperature=temperature)
        rollout = model.imagine(belief, future, horizon=horizon, generator=generator, temperature=temperature)
        step = max(1, _RENDERED_AT_ONCE // len(context))
        parts = [model.render(rollout.at(slice(t, t + step))) for t in range(0, horizon, step)]
        return torch.cat(parts, 1)

    return predict


def _split_actions(actions: Tensor | None, seen: int) -> tuple[Tensor | None, Tensor | None]:
    return (None, None) if actions is None else (actions[:, :seen], actions[:, seen:])
