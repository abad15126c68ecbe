"""Rendering only inside objects gives what rendering everywhere gives, and obeys the optics of small cases."""

import dataclasses

import pytest
import torch

from worldmodels_inferno.config import INFERNOConfig
from worldmodels_inferno.dense import render_densely
from worldmodels_inferno.rendering import Renderer, composed
from worldmodels_inferno.scene import Scene
from worldmodels_inferno.view import View

CONFIG = INFERNOConfig(slots=3, shape=8, appearance=8, hidden=12, samples=16, features=6)


def scene(places, scales, present=None, config=CONFIG, seed=0):
    generator = torch.Generator().manual_seed(seed)
    places = torch.tensor([[*places, (0.0, 0.0, 0.0)]])
    scales = torch.tensor([[*scales, 1.0]]).unsqueeze(-1).expand(-1, -1, 3).clone()
    many = places.shape[1]
    shape, appearance = (torch.randn(1, many, 8, generator=generator) for _ in range(2))
    shown = torch.ones(1, many, 1) if present is None else torch.tensor([[*present, 1.0]]).unsqueeze(-1)
    return Scene(places, scales, shape, appearance, shown)


def view(turn=0.0):
    return View.turned(torch.tensor(CONFIG.eye), torch.tensor(CONFIG.field), torch.tensor([[turn]]))


@pytest.fixture
def renderer():
    torch.manual_seed(0)
    return Renderer(CONFIG).eval()


THREE = scene([(0.0, 0.0, 0.7), (1.5, -1.0, 0.5), (0.3, 0.4, 0.5)], [0.7, 0.5, 0.5])


@pytest.mark.parametrize("present", [None, [1.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
@pytest.mark.parametrize("turn", [0.0, 0.6])
def test_sparse_is_dense(renderer, turn, present):
    shown = scene([(0.0, 0.0, 0.7), (1.5, -1.0, 0.5), (0.3, 0.4, 0.5)], [0.7, 0.5, 0.5], present)
    rays = renderer.rays(view(turn), 16, 16)
    for sparse, dense in zip(renderer(shown, rays), render_densely(renderer, shown, rays), strict=True):
        torch.testing.assert_close(sparse, dense, atol=1e-5, rtol=1e-4)


def test_gradients_are_those_of_dense_rendering(renderer):
    rays = renderer.rays(view(), 12, 12)
    found = []
    for render in (renderer, lambda *given: render_densely(renderer, *given)):
        leaves = [part.clone().requires_grad_() for part in THREE[:4]]
        rendering = render(Scene(*leaves, THREE.present), rays)
        weights = torch.linspace(0, 1, rendering.features.numel()).view_as(rendering.features)
        ((rendering.features * weights).sum() + rendering.opacity.square().sum()).backward()
        found.append([leaf.grad for leaf in leaves])
    for sparse, dense in zip(*found, strict=True):
        assert sparse.abs().sum() > 0
        torch.testing.assert_close(sparse, dense, atol=1e-3, rtol=1e-3)


def test_masks_share_out_rays_and_opacity_counts_what_is_hidden(renderer):
    behind = torch.tensor(CONFIG.eye) * -0.15
    hidden = scene([(0.0, 0.0, 0.7), (float(behind[0]), float(behind[1]), 0.3), (9.0, 9.0, 0.5)], [0.9, 0.3, 0.3])
    rendering = renderer(hidden, renderer.rays(view(), 32, 32))
    torch.testing.assert_close(rendering.masks.sum(1), torch.ones(1, 1024))
    assert rendering.masks[0, 1].sum() < 0.2 * rendering.opacity[0, 1].sum()
    assert rendering.opacity[0, 2].sum() == 0
    assert (rendering.masks >= -1e-6).all() and (rendering.opacity <= 1).all()


def test_composition_is_transmittance_times_absorption():
    density = torch.tensor([[[0.5, 2.0, 0.0, 1.0]]])
    weights, left = composed(density, torch.tensor([[0.5]]))
    through, expected = 1.0, []
    for thickness in (0.25, 1.0, 0.0, 0.5):
        expected.append(through * (1 - torch.e**-thickness))
        through *= torch.e**-thickness
    torch.testing.assert_close(weights[0, 0], torch.tensor(expected))
    torch.testing.assert_close(left, torch.tensor([[through]]))


def test_an_empty_scene_is_its_ground(renderer):
    empty = scene([(0.0, 0.0, 0.5)] * 3, [0.5] * 3, [0.0] * 3)
    rays = renderer.rays(view(), 8, 8)
    rendering = renderer(empty, rays)
    torch.testing.assert_close(rendering.features, renderer.ground_features(empty, rays))
    assert (rendering.masks[:, -1] == 1).all()


def test_the_background_may_be_a_field(renderer):
    torch.manual_seed(0)
    config = dataclasses.replace(CONFIG, background="volume", background_latent=4, slots=0)
    volume = Renderer(config).eval()
    alone = scene([], [], [], config)
    rays = volume.rays(view(), 8, 8)
    rendering = volume(alone, rays)
    assert rendering.features.shape == (1, 64, 6) and rendering.masks.shape == (1, 1, 64)
    other = volume(alone._replace(appearance=alone.appearance + 1), rays)
    assert not torch.allclose(rendering.features, other.features)
