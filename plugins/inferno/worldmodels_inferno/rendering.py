"""Rendering of scenes: fields are asked only at points inside objects, and what they say is composed along rays."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from worldmodels_inferno.config import INFERNOConfig
from worldmodels_inferno.fields import EDGE, Ground, ObjectField, Volume
from worldmodels_inferno.scene import Scene
from worldmodels_inferno.view import FARTHEST, Rays, View

_THIN = 1e-4


class Rendering(NamedTuple):
    """What rays see.

    Attributes:
        features: (batch, ray, feature), the first three being a colour.
        masks: Each object's share of each ray (batch, object, ray), the background's last.
        opacity: How much of each ray an object covers by itself, hidden or not (batch, object, ray), the background
            left out.
    """

    features: Tensor
    masks: Tensor
    opacity: Tensor


class Points(NamedTuple):
    """Samples of rays that are inside objects.

    Attributes:
        cell: Which sample of which ray (point,), counted through batch, ray and sample.
        object: Which object (point,), counted through batch and object.
        local: Where in the object's own space (point, 3).
    """

    cell: Tensor
    object: Tensor
    local: Tensor


class Renderer(nn.Module):
    """Fields, and how they are composed.

    Args:
        config: The model's settings.
    """

    def __init__(self, config: INFERNOConfig) -> None:
        super().__init__()
        self.config = config
        self.objects = ObjectField(config) if config.slots else None
        self.ground = Ground(config) if config.background == "plane" else None
        self.volume = Volume(config) if config.background == "volume" else None

    def rays(self, view: View, height: int, width: int) -> Rays:
        """The rays of a picture; a background that is a field of its own is asked everywhere, up to the ground."""
        radius = FARTHEST if self.volume is not None else 1.5 * self.config.reach + 1
        return view.rays(height, width, self.config.top, radius)

    def forward(self, scene: Scene, rays: Rays, jitter: bool = False) -> Rendering:
        """Rays (batch, ray) through scenes (batch, ...).

        Args:
            scene: What is there, the background last.
            rays: What to look along.
            jitter: Whether samples are drawn within their part of the ray, as in training.
        """
        batch, count = rays.near.shape
        objects, samples = scene.places.shape[1] - 1, self.config.samples
        step = (rays.far - rays.near) / samples
        within = torch.rand(batch, count, samples, device=step.device, dtype=step.dtype) if jitter else 0.5
        times = rays.near.unsqueeze(-1) + (torch.arange(samples, device=step.device) + within) * step.unsqueeze(-1)
        total = step.new_zeros(batch * count * samples)
        features, opacity = step.new_zeros(batch * count, self.config.features), step.new_zeros(batch, objects, count)
        masks = step.new_zeros(batch * objects * count)
        # Objects first: few points are in one, and only these are asked what is there.
        points = density = of_points = None
        if self.objects is not None:
            points = inside(scene, rays, times)
            directions = rays.directions.flatten(0, 1)[points.cell // samples]
            shape, appearance = (part[:, :-1].flatten(0, 1) for part in (scene.shape, scene.appearance))
            density, of_points = self.objects(points.local, points.object, shape, appearance, directions)
            density = density * scene.present[:, :-1].flatten()[points.object]
            total = total.index_add(0, points.cell, density)
        behind = self._volume(scene, rays, times)
        if behind is not None:
            total = total + behind[0].flatten()
        weights, left = composed(total.view(batch, count, samples), step)
        # Of a point that several fields fill, each has the share of its density (equation 10.4).
        shares = weights.flatten() / total.clamp_min(_THIN)
        if points is not None and density is not None and of_points is not None:
            seen = shares[points.cell] * density
            ray = points.cell // samples
            features = features.index_add(0, ray, seen.unsqueeze(-1) * of_points)
            pixel = points.object * count + ray % count
            masks = masks.index_add(0, pixel, seen)
            # Of each object alone, so that one hidden behind another is known to be large.
            thickness = torch.zeros_like(masks).index_add(0, pixel, density * step.flatten()[ray])
            opacity = (1 - torch.exp(-thickness)).view(batch, objects, count)
        features = features.view(batch, count, -1)
        if behind is not None:
            seen = (shares * behind[0].flatten()).view(batch, count, samples, 1)
            features = features + (seen * behind[1]).sum(2)
        if self.ground is not None:
            features = features + left.unsqueeze(-1) * self.ground_features(scene, rays)
        masks = masks.view(batch, objects, count)
        return Rendering(features, torch.cat([masks, (1 - masks.sum(1, keepdim=True)).clamp_min(0)], 1), opacity)

    def ground_features(self, scene: Scene, rays: Rays) -> Tensor:
        """Features of the ground (batch, ray, feature) where rays meet it; a removed one is black."""
        assert self.ground is not None
        met = rays.origins[:, None, :2] + rays.ground.unsqueeze(-1) * rays.directions[..., :2]
        met = (met - scene.places[:, -1:, :2]) / scene.scales[:, -1:, :2]
        features: Tensor = self.ground(met, scene.appearance[:, -1])
        return features * scene.present[:, -1:]

    def _volume(self, scene: Scene, rays: Rays, times: Tensor) -> tuple[Tensor, Tensor] | None:
        """Density (batch, ray, sample) and features of the background's own field."""
        if self.volume is None:
            return None
        points = rays.origins[:, None, None] + times.unsqueeze(-1) * rays.directions.unsqueeze(2)
        points = (points - scene.places[:, -1, None, None]) / scene.scales[:, -1, None, None]
        density, features = self.volume(points.flatten(1, 2), scene.shape[:, -1], scene.appearance[:, -1])
        density = density.view(times.shape) * scene.present[:, -1].unsqueeze(-1)
        # What lies behind the last sample has no end, so a background that is dense there is opaque.
        density = torch.cat([density[..., :-1], density[..., -1:] * 1e3], -1)
        return density, features.view(*times.shape, -1)


def composed(density: Tensor, step: Tensor) -> tuple[Tensor, Tensor]:
    """How much each sample contributes (batch, ray, sample), and what is left for what lies behind (batch, ray).

    Args:
        density: (batch, ray, sample).
        step: How far samples are apart (batch, ray).
    """
    thickness = (density * step.unsqueeze(-1)).cumsum(-1)
    before = torch.nn.functional.pad(thickness[..., :-1], (1, 0))
    through = torch.exp(-thickness)
    return torch.exp(-before) - through, through[..., -1]


def inside(scene: Scene, rays: Rays, times: Tensor) -> Points:
    """The samples at times (batch, ray, sample) that are within `EDGE` sizes of an object that is there."""
    _, count, samples = times.shape
    places, scales = scene.places[:, :-1], scene.scales[:, :-1]
    with torch.no_grad():
        # Rays in each object's own space, where its edge is a sphere: those that meet it, then their samples in it.
        origins = (rays.origins.unsqueeze(1) - places) / scales
        directions = rays.directions.unsqueeze(1) / scales.unsqueeze(2)
        squared = directions.square().sum(-1)
        closest = -(directions @ origins.unsqueeze(-1)).squeeze(-1) / squared
        gap = origins.square().sum(-1, keepdim=True) - closest.square() * squared
        half = ((EDGE**2 - gap) / squared).clamp_min(0).sqrt()
        meets = (half > 0) & (scene.present[:, :-1] > 0)
        which, thing, ray = meets.nonzero(as_tuple=True)
        middle, reach = (part[which, thing, ray].unsqueeze(-1) for part in (closest, half))
        near = (times[which, ray] - middle).abs() < reach
        pair, sample = near.nonzero(as_tuple=True)
        which, thing, ray = which[pair], thing[pair], ray[pair]
        points = rays.origins[which] + times[which, ray, sample].unsqueeze(-1) * rays.directions[which, ray]
    numbers = which * places.shape[1] + thing
    middles, sizes = (part.flatten(0, 1).index_select(0, numbers) for part in (places, scales))
    return Points((which * count + ray) * samples + sample, numbers, (points - middles) / sizes)
