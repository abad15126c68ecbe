"""The losses of stills: what is seen has to be rendered, by objects that are where they say."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from worldmodels.noise import Noise
from worldmodels_inferno.attention import Tokens
from worldmodels_inferno.rendering import Rendering
from worldmodels_inferno.scene import Scene
from worldmodels_inferno.upscaler import as_maps, colours
from worldmodels_inferno.view import View

if TYPE_CHECKING:
    from worldmodels_inferno.model import INFERNO

_FAINT = 6.0
"""Rays: an object that covers many times more costs hardly more; one that covers less is pressed to nothing."""


def still_losses(model: INFERNO, frames: Tensor, progress: float, fine: bool) -> dict[str, Tensor]:
    """Equation 10.1 of frames (batch, channel, height, width), and what keeps objects apart on a small budget.

    Args:
        model: What explains them.
        frames: Each by itself.
        progress: The share of the stage that is done.
        fine: Whether every pixel is rendered, without an upscaler.
    """
    c, channels = model.config, frames.shape[1]
    view = model.view(frames.new_zeros(len(frames), 1))
    tokens = model.encoder(frames, model.backdrop())
    scene = model.reader(model.attention(tokens, model.attention.begin(tokens, Noise())), view)
    side = frames.shape[-1] if fine else c.rays
    rendering = model.renderer(scene, model.renderer.rays(view, side, side), jitter=True)
    features = as_maps(rendering.features, side)
    coarse = colours(features, channels)
    painted = coarse if fine else model.upscaler(features, coarse)
    terms = {"reconstruction": (painted - frames).square().mean()}
    total = terms["reconstruction"]
    if not fine and c.upscaler == "shuffle":
        terms["coarse"] = (coarse - F.adaptive_avg_pool2d(frames, side)).square().mean()
        total = total + terms["coarse"]
    if c.slots and c.vote_weight:
        terms["votes"] = _votes(tokens, scene, view, rendering, model.encoder.shape)
        total = total + c.vote_weight * terms["votes"]
    if c.slots and c.gauge_weight:
        terms["gauge"] = _gauge(scene, view, rendering)
        total = total + c.gauge_weight * min(1.0, max(0.0, (progress - 0.05) / 0.25)) * terms["gauge"]
    if c.slots and c.opacity_weight:
        # Of each object by itself: what it hides behind another one is charged as well.
        area = rendering.opacity.sum(-1) * (c.rays / side) ** 2
        terms["opacity"] = (area / (area + _FAINT)).sum(-1).mean()
        total = total + c.opacity_weight * terms["opacity"]
    # The learning rate does not depend on the scale, but clipping does.
    return terms | {"total": 100 * total}


def _votes(tokens: Tokens, scene: Scene, view: View, rendering: Rendering, shape: tuple[int, int]) -> Tensor:
    """How far votes are from the middles of the objects that are rendered where they are cast."""
    side = math.isqrt(rendering.masks.shape[-1])
    maps = rendering.masks[:, :-1].detach().unflatten(-1, (side, side))
    share = F.adaptive_avg_pool2d(maps, shape).flatten(2)
    middles = view.project(scene.places[:, :-1].detach())
    missed = (tokens.votes.unsqueeze(1) - middles.unsqueeze(2)).square().sum(-1)
    return (share * missed).sum() / share.sum().clamp_min(1.0)


def _gauge(scene: Scene, view: View, rendering: Rendering) -> Tensor:
    """How far objects are from being seen where, and as large as, their pose says; else depth and size drift."""
    masks, side = rendering.masks[:, :-1], math.isqrt(rendering.masks.shape[-1])
    area = masks.sum(-1)
    there = (area / (area + _FAINT)).detach()
    line = (torch.arange(side, device=masks.device, dtype=masks.dtype) + 0.5) / side * 2 - 1
    maps = masks.unflatten(-1, (side, side))
    seen = torch.stack([maps.sum(-2) @ line, maps.sum(-1) @ line], -1) / area.clamp_min(0.1).unsqueeze(-1)
    places, sizes = scene.places[:, :-1], scene.scales[:, :-1].mean(-1)
    apart = (seen - view.project(places)).square().sum(-1)
    across = sizes / view.depth(places).clamp_min(0.1)
    ball = math.pi * across.square() * side**2 / (4 * view.field.prod())
    ratio = (area.clamp_min(0.1) / ball.clamp_min(0.1)).log().square()
    return (there * (apart + 0.02 * ratio)).mean()
