"""The networks against what they should equal, written plainly."""

import pytest
import torch
import torch.nn.functional as F

from worldmodels_jump.cell import Cell, State
from worldmodels_jump.config import JUMPConfig
from worldmodels_jump.networks import Draw, Keys, Renderer, Representation

GRID = (4, 5)
SMALL = {"filters": (4, 4, 6, 6), "keys": 5, "steps": 3, "hidden": 7, "scene": 8, "render_hidden": 6, "output": 4}


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def _maps(batch):
    """Representations of two frames each: the last channel counts them."""
    return torch.cat([torch.randn(batch, 6, *GRID), torch.full((batch, 1, *GRID), 2.0)], 1)


def test_a_cell_is_a_convolutional_lstm_of_all_its_inputs_together():
    cell = Cell(fixed=2, vector=3, inputs=1, hidden=4, kernel=3, grid=None)
    maps, vectors, inputs = torch.randn(2, 2, *GRID), torch.randn(2, 1, 3), torch.randn(2, 1, *GRID)
    state = State(torch.randn(2, 4, *GRID), torch.randn(2, 4, *GRID))
    after = cell(cell.address(cell.prepare(maps), vectors), inputs, state)
    planes = vectors[:, 0, :, None, None].expand(-1, -1, *GRID)
    weight = torch.cat([cell.fixed.weight, cell.recurrent.weight], 1)
    gates = F.conv2d(torch.cat([maps, inputs, state.hidden], 1), weight, cell.fixed.bias, padding=1)
    gates = gates + F.conv2d(planes, cell.vector.weight[:, :, None, None])
    enter, forget, leave, new = gates.chunk(4, 1)
    memory = (forget + 1).sigmoid() * state.cell + enter.sigmoid() * new.tanh()
    assert torch.allclose(after.cell, memory, atol=1e-6)
    assert torch.allclose(after.hidden, leave.sigmoid() * memory.tanh(), atol=1e-6)


@pytest.mark.parametrize("world", [True, False])
def test_what_happens_in_a_corner_reaches_the_other_in_a_step_only_with_the_world(world):
    cell = Cell(1, 0, 1, 3, 3, (8, 8) if world else None)
    prepared, inputs = cell.prepare(torch.zeros(1, 1, 8, 8)), torch.zeros(1, 1, 8, 8, requires_grad=True)
    state = cell(prepared, inputs * 0, cell(prepared, inputs, cell(prepared, None, None)))
    (gradient,) = torch.autograd.grad(state.hidden[..., 7, 7].sum(), inputs)
    assert bool(gradient[..., 0, 0]) == world


def test_the_kl_of_draw_is_the_papers_sum_over_its_steps():
    """With one step and zero weights both are known Gaussians; the divergence is the closed form, over all places."""
    config = JUMPConfig(**{**SMALL, "steps": 1})
    draw = Draw(config, GRID)
    for head, mean in ((draw.prior_head, 0.0), (draw.posterior_head, 0.5)):
        head.weight.data.zero_()
        head.bias.data[: config.latents], head.bias.data[config.latents :] = mean, 0.0
    context, noise = _maps(2), torch.randn(2, 1, 3, *GRID)
    drawn = draw(context, noise, None, _maps(2))
    assert drawn.divergence.tolist() == pytest.approx(2 * [0.5 * 0.5**2 * 3 * 20], rel=1e-4)
    assert not draw(context, noise).divergence.any()


def test_scenes_depend_on_every_step_of_the_noise_and_on_the_context():
    draw = Draw(JUMPConfig(**SMALL), GRID)
    context, noise = _maps(1), torch.randn(1, 3, 3, *GRID)
    scene = draw(context, noise).scene
    for step in range(3):
        other = noise.clone()
        other[:, step] += 1
        assert not torch.allclose(draw(context, other).scene, scene, atol=1e-4)
    assert not torch.allclose(draw(_maps(1), noise).scene, scene, atol=1e-4)
    assert torch.equal(draw(context, noise).scene, scene)


@pytest.mark.parametrize("mean", [True, False])
def test_frames_that_show_the_same_say_what_one_does_only_in_the_mean(mean):
    draw = Draw(JUMPConfig(**SMALL, mean=mean), GRID)
    context, targets, noise = _maps(2), _maps(2), torch.randn(2, 3, 3, *GRID)
    once, thrice = draw(context, noise, None, targets), draw(context, noise, None, 3 * targets)
    assert torch.allclose(once.divergence, thrice.divergence, rtol=1e-4) == mean
    assert torch.allclose(once.scene, thrice.scene, atol=1e-5) == mean
    assert not torch.allclose(once.divergence, draw(context, noise, None, _maps(2)).divergence, rtol=1e-4)


def test_queries_with_scenes_of_their_own_are_as_many_single_ones():
    config = JUMPConfig(**SMALL, latent="target")
    draw = Draw(config, GRID)
    context, keys = _maps(2), torch.randn(2, 3, 5)
    noise, targets = torch.randn(2, 3, 3, 3, *GRID), _maps(6).unflatten(0, (2, 3))
    together = draw(context, noise.flatten(0, 1), keys, targets.flatten(0, 1))
    for query in range(3):
        alone = draw(context, noise[:, query], keys[:, query : query + 1], targets[:, query])
        assert torch.allclose(together.scene.unflatten(0, (2, 3))[:, query], alone.scene, atol=1e-5)
        assert torch.allclose(together.divergence.view(2, 3)[:, query], alone.divergence, rtol=1e-4)


@pytest.mark.parametrize("shortcuts", [True, False])
def test_the_renderer_paints_each_query_as_if_it_were_alone(shortcuts):
    config = JUMPConfig(**SMALL, shortcuts=shortcuts)
    renderer = Renderer(3, config, GRID)
    scenes, keys = torch.randn(2, 8, *GRID), torch.randn(2, 3, 5)
    frames = renderer(scenes, keys)
    assert frames.shape == (2, 3, 3, 16, 20)
    for query in range(3):
        assert torch.allclose(renderer(scenes, keys[:, query : query + 1])[:, 0], frames[:, query], atol=1e-5)
    own = scenes.repeat_interleave(3, 0)
    assert torch.allclose(renderer(own, keys), frames, atol=1e-5)


def test_a_key_is_a_plane_beside_the_frame():
    representation = Representation(3, JUMPConfig(**SMALL, shortcuts=False))
    frames, keys = torch.rand(2, 3, 16, 20), torch.randn(2, 5)
    planes = keys[:, :, None, None].expand(-1, -1, 16, 20)
    share = representation.key.weight[:4, :, None, None] / 4
    weight = torch.cat([representation.first.weight, share.expand(-1, -1, 2, 2)], 1)
    first = F.conv2d(torch.cat([frames, planes], 1), weight, representation.first.bias + representation.key.bias[:4], 2)
    far = representation.key(keys)[:, 4:, None, None]
    maps = F.relu(representation.third(F.relu(representation.second(F.relu(first)))) + far)
    read = representation(frames, keys)
    assert torch.allclose(read[:, :-1], representation.fourth(maps), atol=1e-5)
    assert (read[:, -1] == 1).all()


def test_a_shortcut_adds_the_frame_itself_whatever_the_network_makes_of_it():
    representation = Representation(3, JUMPConfig(**SMALL))
    for part in (representation.fourth, representation.gains):
        part.weight.data.zero_()
        part.bias.data.zero_()
    frames, keys = torch.rand(2, 3, 16, 20), torch.randn(2, 5)
    twice, once, none = (representation(scale * frames, keys)[:, :-1] for scale in (2, 1, 0))
    assert torch.allclose(twice - once, once - none, atol=1e-5) and not torch.allclose(once, none)


def test_keys_tell_times_apart_within_and_beyond_the_scale():
    keys = Keys(JUMPConfig(), 0)
    times = torch.arange(0.0, 40.0, 0.5).view(-1, 1)
    encoded = keys(times, torch.zeros(len(times), 0))
    assert torch.pdist(encoded).min() > 1e-4
