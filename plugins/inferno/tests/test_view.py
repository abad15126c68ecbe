"""The camera is the generator's, and its maps are each other's inverse."""

import math

import numpy as np
import pytest
import torch

from worldmodels_envs.cater.camera import HALF_HEIGHT, HALF_WIDTH, HOME, project
from worldmodels_inferno.view import View

FIELD = torch.tensor([HALF_WIDTH, HALF_HEIGHT])
POINTS = torch.tensor([[(0.0, 0.0, 0.5), (1.0, -2.0, 0.3), (-2.5, 2.0, 1.5)]])


def view(turn=0.0):
    return View.turned(torch.tensor(HOME), FIELD, torch.tensor([[turn]]))


@pytest.mark.parametrize("turn", [0.0, math.radians(25), -1.0])
def test_points_are_seen_where_the_generator_sees_them(turn):
    c, s = math.cos(turn), math.sin(turn)
    eye = np.array([c * HOME[0] - s * HOME[1], s * HOME[0] + c * HOME[1], HOME[2]])
    expected = torch.tensor(project(POINTS[0].double().numpy(), eye, 48, 64)[:, :2]).float()
    seen = view(turn).camera(48, 64).project(POINTS)[0]
    torch.testing.assert_close(seen, expected, atol=1e-3, rtol=1e-4)
    halves = (view(turn).project(POINTS)[0] + 1) / 2 * torch.tensor([64, 48])
    torch.testing.assert_close(halves, expected, atol=1e-3, rtol=1e-4)


def test_unproject_undoes_project():
    back = view().unproject(view().project(POINTS), POINTS[..., 2])
    torch.testing.assert_close(back, POINTS, atol=1e-4, rtol=1e-4)


def test_rays_meet_what_is_seen_at_their_pixel():
    rays = view(0.3).rays(8, 8, top=2.0, radius=5.0)
    met = rays.origins[:, None] + rays.ground.unsqueeze(-1) * rays.directions
    near = rays.ground[0] < 39
    assert torch.allclose(met[0, near, 2], torch.zeros(int(near.sum())), atol=1e-4)
    y, x = torch.meshgrid(torch.arange(8) + 0.5, torch.arange(8) + 0.5, indexing="ij")
    seen = view(0.3).camera(8, 8).project(met)[0]
    torch.testing.assert_close(seen, torch.stack([x, y], -1).flatten(0, 1), atol=1e-3, rtol=1e-3)


def test_objects_can_be_only_where_rays_look_for_them():
    rays = view().rays(16, 16, top=2.0, radius=5.0)
    assert (rays.far >= rays.near).all()
    inside = rays.far > rays.near
    for times in (rays.near, rays.far):
        points = (rays.origins[:, None] + times.unsqueeze(-1) * rays.directions)[inside]
        assert (points[:, 2] <= 2 + 1e-4).all() and (points[:, 2] >= -1e-4).all()
        assert (points.norm(dim=-1) <= 5 + 1e-3).all()
