"""The model against the paper's equations written down frame by frame, and against what it says of itself."""

import gymnasium
import pytest
import torch
from torch.distributions import Normal

from worldmodels.batch import Batch
from worldmodels.errors import InputError
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment
from worldmodels_videoflow.model import VideoFlow

START = Moment.at(0.0)


def make(space=None, shape=(3, 16, 16), train=0, **changes):
    torch.manual_seed(0)
    model = build(VideoFlow, WorldSpec(shape, space), "tiny", changes)
    model.prepare(Batch(videos(shape=shape)))
    for parameter in model.parameters():
        parameter.data.add_(0.02 * torch.randn_like(parameter))
    return model.eval()


def videos(batch=4, time=4, shape=(3, 16, 16), seed=1):
    """A white square that moves on grey, in bytes' grey levels."""
    generator = torch.Generator().manual_seed(seed)
    frames = torch.full((batch, time, *shape), 128 / 255)
    for row, place in enumerate(torch.randint(shape[2] - 4, (batch, 2), generator=generator).tolist()):
        for step in range(time):
            x, y = (min(shape[2] - 4, part + step) for part in place)
            frames[row, step, :, y : y + 4, x : x + 4] = 1
    return frames


@pytest.mark.parametrize("changes", [{}, {"lookback": 3}, {"lookback": 0}, {"coupling": "additive", "skip": False}])
@torch.no_grad()
def test_log_prob_is_the_sum_of_the_papers_terms(changes):
    model, frames = make(**changes), videos(time=5)
    scored = model.log_prob(frames, context=2, generator=torch.Generator().manual_seed(5))
    uniform = torch.rand(frames.shape, generator=torch.Generator().manual_seed(5))
    nats, levels = torch.zeros(4), model.config.levels
    seen = [[torch.zeros_like(model.flow(frames[:, 0]).levels[level])] * 3 for level in range(levels)]
    for time in range(5):
        x, filled = model.cells.fill(frames[:, time], uniform[:, time])
        latents = model.flow(x)
        gained = filled + latents.log_det
        for level, z in enumerate(latents.levels):
            up = latents.ups[level] if level < len(latents.ups) else None
            past = torch.stack(seen[level][-max(1, model.config.lookback) :], 1)
            futures = model.priors[level](past if model.config.lookback else 0 * past, up, None)
            gained = gained + Normal(futures.mean[:, 0], futures.log_std[:, 0].exp()).log_prob(z).flatten(1).sum(1)
            seen[level].append(z)
        nats = nats + gained * (time >= 2)
    assert scored.exact and scored.dequantised and scored.levels == 256 and scored.numbers == 3 * 3 * 16 * 16
    bits = -nats / (scored.numbers * torch.log(torch.tensor(2.0)))
    torch.testing.assert_close(scored.bits.float(), bits, atol=1e-4, rtol=1e-5)


@torch.no_grad()
def test_more_draws_of_the_noise_tighten_the_bound_on_the_levels_probability():
    model, frames = make(), videos(batch=64)
    one, many = (model.log_prob(frames, samples=n, generator=torch.Generator().manual_seed(0)).nats for n in (1, 8))
    assert many.mean() > one.mean()


@torch.no_grad()
def test_imagined_latents_are_draws_of_the_prior_and_the_flow_of_what_is_rendered():
    model, frames = make(lookback=2), videos()
    belief = model.observe(frames)
    after = model.imagine(belief, horizon=1, temperature=0.0)
    up = None
    for level in range(model.config.levels - 1, -1, -1):
        past = torch.stack([belief[f"past{level}"][:, 0], belief[f"latent{level}"]], 1)
        mean = model.priors[level](past, up, None).mean[:, 0]
        torch.testing.assert_close(after.beliefs[f"latent{level}"][:, 0], mean)
        up = model.flow.down(level, mean, up)
    z = [after.beliefs[f"latent{level}"][:, 0] for level in range(model.config.levels)]
    torch.testing.assert_close(model.flow.inverse(z), up)
    torch.testing.assert_close(model.render(after)[:, 0], model.cells.frames(up))


@pytest.mark.parametrize("cells", ["uniform", "gaussian", "fitted"])
@torch.no_grad()
def test_what_was_seen_is_rendered_as_it_was(cells):
    model, frames = make(cells=cells), videos()
    assert (model.render(model.observe(frames, every=True)) - frames).abs().max() < 1e-4


@pytest.mark.parametrize("lookback", [1, 3])
@torch.no_grad()
def test_a_training_rollout_can_be_resumed_at_any_time(lookback):
    space = gymnasium.spaces.Discrete(3)
    model, frames = make(space, lookback=lookback), videos()
    actions = model.codec.encode(torch.arange(12).reshape(4, 3).numpy() % 3)
    rollout = model.observe(frames, actions, every=True)
    for time in range(4):
        resumed, seen = model.resume(rollout, time), model.observe(frames[:, : time + 1], actions[:, :time])
        assert set(resumed.keys()) == set(seen.keys())
        assert all(torch.equal(resumed[name], seen[name]) for name in seen.keys())
    if lookback > 1:
        later = model.imagine(rollout.last, actions, temperature=0.0)
        with pytest.raises(InputError, match="begins within a video"):
            model.resume(later, 1)


def test_actions_steer_only_the_prior():
    model = make(gymnasium.spaces.Discrete(2))
    frames, left = videos(), model.codec.encode(torch.zeros(4, 3).long().numpy())
    belief = model.observe(frames, left)
    other = model.observe(frames, left.flip(2))
    assert all(torch.equal(belief[name], other[name]) for name in belief.keys())
    futures = [model.features(model.imagine(belief, way, temperature=0.0)) for way in (left, left.flip(2))]
    assert not torch.equal(*futures)


@torch.no_grad()
def test_a_lower_temperature_draws_nearer_to_the_mean():
    model, belief = make(), make().observe(videos())
    mean = model.features(model.imagine(belief, horizon=1, temperature=0.0))
    far = []
    for temperature in (1.0, 0.5):
        drawn = model.imagine(belief, horizon=1, temperature=temperature, generator=torch.Generator().manual_seed(0))
        far.append((model.features(drawn) - mean).flatten()[-768:].norm())
    assert 0.4 < far[1] / far[0] < 0.6


@torch.no_grad()
def test_interpolation_goes_from_one_belief_to_the_other_level_by_level():
    model, frames = make(), videos(batch=2)
    first, second = (model.observe(frames[:, time : time + 1]) for time in (0, 3))
    between = model.interpolate(first, second, [0.0, 0.5, 1.0])
    shown = model.render(between)
    assert (shown[:, 0] - frames[:, 0]).abs().max() < 1e-4 and (shown[:, 2] - frames[:, 3]).abs().max() < 1e-4
    assert model.imagine(between.last, horizon=1).horizon == 1
    top = model.interpolate(first, second, [1.0], levels=[1])
    assert torch.equal(top.beliefs["latent0"][:, 0], first["latent0"])
    torch.testing.assert_close(top.beliefs["latent1"][:, 0], second["latent1"])
    with pytest.raises(InputError, match="levels below 2"):
        model.interpolate(first, second, [0.5], levels=[2])


@pytest.mark.parametrize("changes", [{"coupling": "affine"}, {"coupling": "additive"}, {"cells": "uniform"}])
def test_two_hundred_steps_on_flat_backgrounds_stay_finite(changes):
    torch.manual_seed(0)
    model, frames = build(VideoFlow, WorldSpec((3, 8, 8)), "tiny", changes).train(), torch.full((4, 2, 3, 8, 8), 0.5)
    model.prepare(Batch(frames))
    optimiser = torch.optim.Adam(model.parameters(), 3e-3)
    bits = []
    for _ in range(200):
        loss = model.losses(Batch(frames), START)["total"]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        bits.append(loss.item())
    assert all(map(torch.isfinite, torch.tensor(bits))) and bits[-1] < bits[0]
    rendered = model.eval().render(model.imagine(model.observe(frames), horizon=3))
    assert rendered.isfinite().all()
    assert (model.render(model.observe(frames)) - frames[:, -1]).abs().max() < 1 / 255


def test_training_learns_one_batch():
    torch.manual_seed(0)
    model, frames = build(VideoFlow, WorldSpec((3, 16, 16)), "tiny", {"width": 16}).train(), videos(batch=2, time=2)
    model.prepare(Batch(frames))
    optimiser, bits = torch.optim.Adam(model.parameters(), 3e-3), []
    for _ in range(120):
        loss = model.losses(Batch(frames), START)["total"]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        bits.append(loss.item())
    assert bits[-1] < 0.25 * bits[0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"levels": 0}, "levels = 0 is not int, at least 1"),
        ({"grey_levels": 300}, "at most 256"),
        ({"dilations": []}, "not empty"),
        ({"levels": 5}, "multiples of 32"),
    ],
)
def test_settings_that_do_not_fit_are_one_line(changes, message):
    with pytest.raises(InputError, match=message):
        make(**changes)
