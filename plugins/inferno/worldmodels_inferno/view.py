"""`View`: the camera that a scene is seen by, and the rays through its pixels."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from worldmodels.camera import Camera

FARTHEST = 40.0
"""How far the ground is seen, in units of the world."""


class Rays(NamedTuple):
    """Rays, and the part of each that may hold objects.

    Attributes:
        origins: (batch, 3).
        directions: (batch, ray, 3), of length 1.
        near: (batch, ray), where that part begins.
        far: (batch, ray), where it ends; where there is none, both are the same.
        ground: (batch, ray), where the ground is met, at most `FARTHEST` away.
    """

    origins: Tensor
    directions: Tensor
    near: Tensor
    far: Tensor
    ground: Tensor


class View(NamedTuple):
    """Pinhole cameras that look at the origin.

    Attributes:
        eye: (batch, 3).
        axes: (batch, 3, 3), each camera's right, up and backward.
        field: Tangents of half the field of view (2,), across and down.
    """

    eye: Tensor
    axes: Tensor
    field: Tensor

    @classmethod
    def turned(cls, eye: Tensor, field: Tensor, turn: Tensor) -> View:
        """The camera at eye (3,), carried around the vertical axis by turn (batch, 1), radians."""
        c, s, zero, one = turn.cos(), turn.sin(), torch.zeros_like(turn), torch.ones_like(turn)
        spin = torch.cat([c, -s, zero, s, c, zero, zero, zero, one], -1).unflatten(-1, (3, 3))
        back = eye / eye.norm()
        right = torch.stack([-back[1], back[0], torch.zeros_like(back[0])])
        right = right / right.norm()
        axes = torch.stack([right, torch.linalg.cross(back, right), back])
        return cls(spin @ eye, axes @ spin.transpose(1, 2), field)

    def project(self, points: Tensor) -> Tensor:
        """Where points (batch, many, 3) are seen (batch, many, 2), as (x, y) from -1 to 1, y downwards."""
        right, up, back = ((points - self.eye.unsqueeze(1)) @ self.axes.transpose(1, 2)).unbind(-1)
        depth = (-back).clamp_min(1e-3)
        return torch.stack([right / depth, -up / depth], -1) / self.field

    def unproject(self, seen: Tensor, level: Tensor) -> Tensor:
        """The points (batch, many, 3) at heights level (batch, many) that are seen at (batch, many, 2)."""
        across, down = (seen * self.field).unbind(-1)
        rays = torch.stack([across, -down, -torch.ones_like(across)], -1) @ self.axes
        # A ray that does not go down meets the level nowhere; it is taken as almost level instead.
        reach = (level - self.eye[:, None, 2]) / rays[..., 2].clamp_max(-1e-2)
        return torch.cat([self.eye[:, None, :2] + reach.unsqueeze(-1) * rays[..., :2], level.unsqueeze(-1)], -1)

    def depth(self, points: Tensor) -> Tensor:
        """Distances (batch, many) of points along the viewing axis."""
        return ((self.eye.unsqueeze(1) - points) * self.axes[:, 2:]).sum(-1)

    def rays(self, height: int, width: int, top: float, radius: float) -> Rays:
        """Rays through the middles of pixels, row by row; objects are below `top` and within `radius`."""
        like = self.eye
        y, x = torch.meshgrid(_middles(height, like), _middles(width, like), indexing="ij")
        flat = torch.stack([x * self.field[0], -y * self.field[1], -torch.ones_like(x)], -1).flatten(0, 1)
        directions = flat @ self.axes
        directions = directions / directions.norm(dim=-1, keepdim=True)
        down = (-directions[..., 2]).clamp_min(1e-3)
        ground = self.eye[:, None, 2] / down
        along = -(directions @ self.eye.unsqueeze(-1)).squeeze(-1)
        half = (radius**2 - self.eye.square().sum(-1, keepdim=True) + along.square()).clamp_min(0).sqrt()
        near = torch.maximum(along - half, (self.eye[:, None, 2] - top) / down).clamp_min(0)
        far = torch.minimum(along + half, ground)
        return Rays(self.eye, directions, near, torch.maximum(near, far), ground.clamp_max(FARTHEST))

    def camera(self, height: int, width: int) -> Camera:
        """What maps places to pixels of a frame."""
        half = self.eye.new_tensor([width / 2, height / 2])
        right, up, back = self.axes.unbind(1)
        rows = [half[0] * (right / self.field[0] - back), half[1] * (-up / self.field[1] - back), -back]
        matrix = torch.stack(rows, 1)
        return Camera(torch.cat([matrix, -matrix @ self.eye.unsqueeze(-1)], -1))


def _middles(count: int, like: Tensor) -> Tensor:
    return (torch.arange(count, dtype=like.dtype, device=like.device) + 0.5) / count * 2 - 1
