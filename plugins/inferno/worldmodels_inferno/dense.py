"""The same rendering written down directly, every field asked at every sample: for tests and benchmarks."""

from __future__ import annotations

import torch
from torch import Tensor

from worldmodels_inferno.fields import EDGE
from worldmodels_inferno.rendering import Renderer, Rendering
from worldmodels_inferno.scene import Scene
from worldmodels_inferno.view import Rays


def render_densely(renderer: Renderer, scene: Scene, rays: Rays) -> Rendering:
    """What `renderer(scene, rays)` gives, for a model with objects on a ground plane."""
    assert renderer.objects is not None and renderer.ground is not None
    samples = renderer.config.samples
    step = (rays.far - rays.near) / samples
    times = rays.near.unsqueeze(-1) + (torch.arange(samples, device=step.device) + 0.5) * step.unsqueeze(-1)
    points = rays.origins[:, None, None] + times.unsqueeze(-1) * rays.directions.unsqueeze(2)
    middles, sizes = (part[:, :-1, None, None] for part in (scene.places, scene.scales))
    local = (points.unsqueeze(1) - middles) / sizes
    batch, objects, count, _, _ = local.shape
    which = torch.arange(batch * objects, device=step.device).repeat_interleave(count * samples)
    directions = rays.directions[:, None, :, None].expand_as(local).flatten(0, 3)
    shape, appearance = (part[:, :-1].flatten(0, 1) for part in (scene.shape, scene.appearance))
    density, features = renderer.objects(local.flatten(0, 3), which, shape, appearance, directions)
    density, features = density.view(local.shape[:-1]), features.view(*local.shape[:-1], -1)
    within = (local.square().sum(-1) < EDGE**2) & (scene.present[:, :-1, None, None] > 0).squeeze(-1)
    density = torch.where(within, density, 0.0)
    # Equation 10.4, then the usual quadrature along the ray.
    total = density.sum(1)
    mixed = (density.unsqueeze(-1) * features).sum(1) / total.clamp_min(1e-4).unsqueeze(-1)
    left = torch.exp(-(total * step.unsqueeze(-1)))
    before = torch.cat([torch.ones_like(left[..., :1]), left[..., :-1].cumprod(-1)], -1)
    weights = before * (1 - left)
    seen = ((weights / total.clamp_min(1e-4)).unsqueeze(1) * density).sum(-1)
    rest = left.prod(-1, keepdim=True)
    rendered = (weights.unsqueeze(-1) * mixed).sum(2) + rest * renderer.ground_features(scene, rays)
    opacity: Tensor = 1 - torch.exp(-(density * step[:, None, :, None]).sum(-1))
    return Rendering(rendered, torch.cat([seen, (1 - seen.sum(1, keepdim=True)).clamp_min(0)], 1), opacity)
