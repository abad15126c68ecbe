"""Beliefs are scenes: edits change what they name, nothing else, and imagining moves objects without rendering."""

import dataclasses
import math
from unittest.mock import patch

import pytest
import torch

from worldmodels.batch import Batch
from worldmodels.edits import Add, Move, Remove, Scale, Swap, TurnCamera
from worldmodels.errors import InputError
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment, StagePlan
from worldmodels_inferno.config import INFERNOConfig
from worldmodels_inferno.model import FINE, INFERNO, MOVING, STILLS, with_slots
from worldmodels_inferno.rendering import Renderer

FRAMES = torch.rand(2, 4, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def make(**settings):
    torch.manual_seed(0)
    return build(INFERNO, WorldSpec((3, 32, 32)), "tiny", settings).eval()


@pytest.fixture(scope="module")
def model():
    return make()


@pytest.fixture(scope="module")
def belief(model):
    """Two objects in front of the camera, not hiding one another."""
    belief = model.observe(FRAMES[:, :1])
    belief["places"] = torch.tensor([(1.2, 1.2, 0.6), (-1.2, -1.2, 0.6), (0.0, 0.0, 0.0)]).repeat(2, 1, 1)
    belief["scales"] = torch.tensor([0.6, 0.6, 1.0]).view(1, 3, 1).repeat(2, 1, 3)
    return belief


def centre(mask):
    y, x = torch.meshgrid(torch.arange(32) + 0.5, torch.arange(32) + 0.5, indexing="ij")
    return torch.stack([(mask * x).sum((-1, -2)), (mask * y).sum((-1, -2))], -1) / mask.sum((-1, -2)).unsqueeze(-1)


def test_objects_are_seen_at_their_positions(model, belief):
    seen, said = centre(model.masks(belief)[:, :2]), model.positions(belief)[:, :2]
    assert (seen - said).norm(dim=-1).max() < 1.5


def test_a_moved_objects_mask_moves_with_its_position(model, belief):
    moved = model.edit(belief, [Move(0, (-0.3, 0.6, 0.0))])
    by = model.positions(moved) - model.positions(belief)
    went = centre(model.masks(moved)[:, 0]) - centre(model.masks(belief)[:, 0])
    assert by[:, 0].norm(dim=-1).min() > 1
    torch.testing.assert_close(went, by[:, 0], atol=0.8, rtol=0.2)
    torch.testing.assert_close(model.masks(moved)[:, 1], model.masks(belief)[:, 1], atol=1e-5, rtol=1e-4)


def test_a_removed_object_leaves_what_is_behind_it(model, belief):
    left = model.masks(model.edit(belief, [Remove(0)]))
    assert (left[:, 0] == 0).all()
    torch.testing.assert_close(left[:, 1], model.masks(belief)[:, 1], atol=1e-5, rtol=1e-4)


def test_an_object_of_twice_the_size_covers_about_four_times_as_much(model, belief):
    small, large = (model.masks(model.edit(belief, [Scale(0, f)]))[:, 0].sum((-1, -2)) for f in (0.7, 1.4))
    assert ((large / small > 2.5) & (large / small < 6)).all()


def test_an_added_object_takes_the_emptiest_slot(model, belief):
    empty = model.edit(belief, [Remove(1)])
    both = model.edit(empty, [Add(0, (-1.2, -1.2, 0.6))])
    torch.testing.assert_close(both["appearance"][:, 1], belief["appearance"][:, 0])
    torch.testing.assert_close(both["places"][:, 1], torch.tensor([(-1.2, -1.2, 0.6)] * 2))
    assert (model.masks(both)[:, 1].sum((-1, -2)) > 5).all()
    with pytest.raises(InputError, match="background"):
        model.edit(belief, [Add(2, (0.0, 0.0, 0.0))])


@pytest.mark.parametrize("what", ["place", "shape", "appearance"])
def test_swaps(model, belief, what):
    swapped = model.edit(belief, [Swap(0, 1, what)])
    changed = {name for name in belief.keys() if not torch.equal(swapped[name], belief[name])}
    expected = {"place": {"places"}, "shape": {"shape"}, "appearance": {"appearance"}}[what]
    assert changed - {"past", "done", "age"} == expected
    twice = model.edit(swapped, [Swap(0, 1, what)])
    torch.testing.assert_close(model.render(twice), model.render(belief))
    if what != "place":
        with pytest.raises(InputError, match="background"):
            model.edit(belief, [Swap(0, 2, what)])


def test_a_turned_camera_sees_places_from_there(model, belief):
    turned = model.edit(belief, [TurnCamera(30.0)])
    c, s = math.cos(math.radians(-30)), math.sin(math.radians(-30))
    # Turning the camera one way looks like turning the scene the other way.
    spun = belief.clone()
    x, y, z = belief["places"].unbind(-1)
    spun["places"] = torch.stack([c * x - s * y, s * x + c * y, z], -1)
    torch.testing.assert_close(model.positions(turned), model.positions(spun), atol=1e-3, rtol=1e-4)
    back = model.edit(turned, [TurnCamera(-30.0)])
    torch.testing.assert_close(model.render(back), model.render(belief), atol=1e-4, rtol=1e-3)


def test_imagining_does_not_render(model, belief):
    with patch.object(Renderer, "forward", side_effect=AssertionError("rendered")):
        rollout = model.imagine(belief, horizon=3)
    assert not torch.equal(rollout.beliefs["places"][:, 2, :2], belief["places"][:, :2])
    assert torch.equal(rollout.beliefs["appearance"][:, 2], belief["appearance"])


def test_without_dynamics_the_world_stands_still():
    still = make(dynamics=0, moving=0.0)
    belief = still.observe(FRAMES[:, :1])
    assert torch.equal(still.imagine(belief, horizon=2).beliefs["places"][:, 1], belief["places"])


def test_no_weight_belongs_to_a_slot(model):
    assert with_slots(model, 5).observe(FRAMES[:, :1])["places"].shape == (2, 6, 3)
    same = with_slots(model, 2).observe(FRAMES[:, :1])
    assert torch.equal(same["places"], model.observe(FRAMES[:, :1])["places"])


def test_stages(model):
    assert [stage.name for stage in model.stages] == [STILLS, MOVING]
    assert [stage.name for stage in make(fine=0.2, moving=0.3).stages] == [STILLS, FINE, MOVING]
    assert [stage.name for stage in make(fine=1.0, moving=0.0, dynamics=0).stages] == [FINE]
    plan = StagePlan.lay(model.stages, 100)
    assert plan.stage(60).resting(None) == {"vision"}


def test_the_fine_stage_renders_every_pixel_and_leaves_the_upscaler_out():
    model = make(fine=0.5, moving=0.0, dynamics=0).train()
    losses = model.losses(Batch(FRAMES), Moment.at(0.7, FINE))
    losses["total"].backward()
    assert all(parameter.grad is None for parameter in model.upscaler.parameters())
    sides = []
    with patch.object(
        type(model.renderer), "rays", autospec=True, side_effect=lambda self, view, h, w: sides.append(h)
    ):
        with pytest.raises(AttributeError):
            model._paint(*_scene(model))
    assert sides == [32]


def _scene(model):
    from worldmodels_inferno.model import _scene as scene_of

    belief = model.observe(FRAMES[:, :1])
    return scene_of(belief), belief["turn"]


@pytest.mark.parametrize("preset", ["paper", "nerf_ae", "cater"])
def test_presets_learn(preset):
    small = {"rays": 16, "samples": 6, "fine": 0.0, "hidden": 8, "features": 8, "history": 2, "rollout": 2}
    torch.manual_seed(0)
    model = build(INFERNO, WorldSpec((3, 32, 32)), preset, small)
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    found = []
    for _ in range(12):
        losses = model.losses(Batch(FRAMES[:, :2] * 0.1 + 0.5), Moment.at(0.5, STILLS))
        optimizer.zero_grad()
        losses["total"].backward()
        optimizer.step()
        found.append(losses["reconstruction"].item())
    assert found[-1] < 0.7 * found[0]
    assert model.eval().render(model.observe(FRAMES[:, :1])).shape == (2, 3, 32, 32)


def test_a_lone_background_is_nerf_ae():
    model = make(slots=0, background="volume", dynamics=0, moving=0.0)
    belief = model.observe(FRAMES[:, :1])
    assert belief["places"].shape == (2, 1, 3) and model.masks(belief).shape == (2, 1, 32, 32)
    other = belief.clone()
    other["appearance"] = other["appearance"] + 1
    assert not torch.allclose(model.render(other), model.render(belief))


def test_settings_that_contradict_one_another_are_refused():
    for wrong in (
        {"fine": 0.6, "moving": 0.6, "dynamics": 1},
        {"moving": 0.5},
        {"background_latent": 64},
        {"samples": 1},
    ):
        with pytest.raises(InputError):
            dataclasses.replace(INFERNOConfig(), **wrong)


def test_stance_moves_places_along_what_is_seen():
    high, low = make(), make(stance=0.5)
    low.load_state_dict(high.state_dict())
    beliefs = [model.observe(FRAMES[:, :1]) for model in (high, low)]
    torch.testing.assert_close(
        high.positions(beliefs[0])[:, :2], low.positions(beliefs[1])[:, :2], atol=1e-2, rtol=1e-3
    )
    torch.testing.assert_close(beliefs[1]["places"][:, :2, 2], beliefs[0]["places"][:, :2, 2] / 2)
