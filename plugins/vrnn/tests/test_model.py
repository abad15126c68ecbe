"""What the VRNN promises beyond the contract."""

import math

import pytest
import torch
from gymnasium.spaces import Discrete

from worldmodels.abilities import Likelihood
from worldmodels.batch import Batch
from worldmodels.errors import InputError
from worldmodels.heads import HeadConfig, attach_heads
from worldmodels.noise import Noise
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment
from worldmodels.training.objective import objective
from worldmodels_vrnn import VRNN
from worldmodels_vrnn.model import shorten
from worldmodels_vrnn.pixels import CONSTANTS, pixel_loss

SMALL = {"width": 4, "latents": (1, 8), "recurrent": (1, 8), "short_starts": 0.0}


def make(actions=None, **settings):
    torch.manual_seed(0)
    model = build(VRNN, WorldSpec((1, 16, 16), actions), None, {**SMALL, **settings})
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return model


def video(batch=3, time=6):
    return torch.rand(batch, time, 1, 16, 16, generator=torch.Generator().manual_seed(2))


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_imagining_runs_each_network_once_a_frame():
    model = make()
    belief, calls = model.observe(video()), []
    hook = model.network.encoder.register_forward_hook(lambda _, inputs, __: calls.append(len(inputs[0])))
    model.imagine(belief, horizon=7)
    hook.remove()
    assert calls == [3] * 7


def test_a_fresh_model_has_equal_prior_and_posterior_of_variance_log_two():
    torch.manual_seed(0)
    model = build(VRNN, WorldSpec((1, 16, 16)), None, SMALL)
    followed = model._follow_clip(video(), None, noise=Noise())[1]
    for _, q, p in model.network.divergent(followed):
        torch.testing.assert_close(q.std.square(), torch.full_like(q.std, math.log(2)), atol=0.01, rtol=0)
        assert q.kl(p).max() < 1e-4


@pytest.mark.parametrize("dense", [True, False])
def test_dense_links_reach_from_the_coarsest_to_the_finest_level(dense):
    model = make(latents=(1, 4, 8), dense=dense)
    followed = model._follow_clip(video(), None, noise=Noise())[1]
    moved = {**followed.latents, 1: followed.latents[1] + 1}
    before, after = (model.network.prior.given(followed.memory.prior, z) for z in (followed.latents, moved))
    assert not torch.equal(before[4].mean, after[4].mean)
    assert torch.equal(before[8].mean, after[8].mean) is not dense


@pytest.mark.parametrize("pixels", ["l1", "l2", "bce"])
@pytest.mark.parametrize("how", ["analytic", "sample"])
def test_losses_are_the_bound(pixels, how):
    model, frames = make(pixels=pixels, kl=how, beta_warmup=0.0), video()
    torch.manual_seed(5)
    terms = model.losses(Batch(frames), Moment.at(0.0))
    assert terms["total"] == terms["reconstruction"] + terms["kl"]
    bound = model.evidence(frames, generator=torch.default_generator.manual_seed(5))
    torch.testing.assert_close(terms["reconstruction"], bound.loss.mean())
    divergence = sum(level.flatten(1).sum(1) for level in bound.divergences.values()).mean()
    assert terms["kl"].item() == pytest.approx(divergence.item(), rel=1e-4 if how == "analytic" else 0.3)


@pytest.mark.parametrize("call", ["log_prob", "evidence", "reconstruct"])
def test_gradients_are_kept_within_differentiable_only(call):
    model, frames = make(), video()

    def result():
        found = getattr(model, call)(frames, generator=seeded())
        return {"log_prob": lambda: found.nats, "evidence": lambda: found.loss, "reconstruct": lambda: found}[call]()

    assert not result().requires_grad
    with model.differentiable():
        result().sum().backward()
    assert model.network.encoder.stem.weight.grad.abs().sum() > 0


def test_beta_warms_up():
    model = make(beta_warmup=0.2, beta=2.0)
    for progress, weight in ((0.0, 0.0), (0.05, 0.5), (0.2, 2.0), (1.0, 2.0)):
        terms = model.losses(Batch(video()), Moment.at(progress))
        expected = terms["reconstruction"] + weight * terms["kl"]
        torch.testing.assert_close(terms["total"], expected)


def test_likelihood_bounds():
    model, frames = make(), video()
    assert isinstance(model, Likelihood)
    single = torch.stack([model.log_prob(frames, generator=seeded(i)).nats for i in range(64)])
    many = torch.stack([model.log_prob(frames, samples=16, generator=seeded(i)).nats for i in range(4)])
    assert (many.mean(0) > single.mean(0)).all(), "more draws bring the bound closer"
    parts = [model.evidence(frames, generator=seeded(i)) for i in range(64)]
    analytic = [p.log_likelihood - sum(level.flatten(1).sum(1) for level in p.divergences.values()) for p in parts]
    error = single.std(0) / 8 + 1e-3
    assert ((single.mean(0) - torch.stack(analytic).mean(0)).abs() < 5 * error).all()


def test_parts_of_a_video_add_up_to_the_whole():
    model, frames = make(), video()
    terms = []
    for context, end in ((2, 6), (2, 4), (4, 6)):
        found = model.log_prob(frames[:, :end], context=context, generator=seeded())
        terms.append(found.nats)
        assert found.numbers == (end - context) * 16 * 16
    many = [model.log_prob(frames, context=context, samples=64, generator=seeded()).nats for context in (2, 4)]
    assert (many[1] > many[0]).all(), "fewer frames are scored"
    assert ((terms[1] + terms[2] - terms[0]).abs() < 0.05 * terms[0].abs()).all()


def test_densities_integrate_to_one():
    values = torch.linspace(-30, 30, 60_001)
    for kind in ("l1", "l2"):
        density = (-pixel_loss(torch.zeros(()), values, kind) - CONSTANTS[kind]).exp()
        assert torch.trapezoid(density, values).item() == pytest.approx(1, abs=1e-4)


def test_likelihood_of_too_short_videos_is_refused():
    with pytest.raises(InputError, match="at least 2 of context"):
        make().log_prob(video(time=2))


def test_short_starts_stand_still():
    shortened = shorten(video(batch=32), context=3, probability=1.0)
    repeats = (shortened[:, 0] == shortened[:, 1]).flatten(1).all(1)
    assert repeats.all()
    assert torch.equal(shortened[:, 2:], video(batch=32)[:, 2:])


def test_training_beliefs_are_those_of_observing(monkeypatch):
    monkeypatch.setattr("worldmodels_vrnn.model.Noise", lambda: Noise(temperature=0.0))
    model, frames = make(Discrete(3), context=3), video()
    actions = model.codec.encode(torch.tensor([[0, 1, 2, 0, 1]] * 3).numpy())
    rollout = model.losses(Batch(frames, actions), Moment.at(1.0)).beliefs
    observed = model.observe(frames, actions, every=True, temperature=0.0)
    torch.testing.assert_close(model.features(rollout), model.features(observed))
    for time in range(6):
        entries = {key: rollout.beliefs.get(key)[:, time] for key in rollout.beliefs.keys()}
        expected = model.observe(frames[:, : time + 1], actions[:, :time], temperature=0.0)
        for name, value in entries.items():
            torch.testing.assert_close(value, expected.get(name))
    assert set(rollout.last.keys()) == set(observed.last.keys())
    filtering = {f"posterior_{part}_{level}" for part in ("hidden", "cell") for level in (1, 8)}
    assert set(rollout.last.keys()) - set(rollout.beliefs.keys()) == {"window", "age", *filtering}


def test_training_lowers_the_loss():
    model = make(beta_warmup=0.0)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    frames = torch.zeros(8, 6, 1, 16, 16)
    for time in range(6):
        frames[:, time, :, 4:8, 2 * time : 2 * time + 4] = 1.0
    losses = []
    for _ in range(40):
        loss = model.losses(Batch(frames), Moment.at(1.0))["total"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def test_heads_learn_on_imagined_beliefs_too():
    model = make(Discrete(3))
    attach_heads(model, {"distance": HeadConfig("distance", hidden=8)})
    frames, actions = video(), model.codec.encode(torch.randint(3, (3, 5)).numpy())
    terms = objective(
        model, Batch(frames, actions, signals={"distance": torch.rand(3, 6)}), Moment.at(1.0), open_loop=2
    )
    assert {"head/distance", "open_loop/distance"} <= set(terms)
    terms["open_loop/distance"].backward()
    assert model.network.decoder.layers["1"].hidden_gates.weight.grad.abs().sum() > 0


def test_an_imagined_belief_goes_on_observing():
    model, frames = make(), video()
    young = model.observe(frames[:, :1])
    imagined = model.imagine(young, horizon=2, temperature=0.0).last
    assert (imagined["age"] == 2).all()
    after = model.observe(frames[:, 1:2], belief=imagined, temperature=0.0)
    restarted = model.observe(frames[:, :2], temperature=0.0)
    assert not torch.equal(after["decoder_hidden_1"], restarted["decoder_hidden_1"])
    assert torch.equal(after["frame"], frames[:, 1])


def test_groups_of_norms_have_the_least_channels():
    settings = {"width": 8, "recurrent": ()}
    few, many = (build(VRNN, WorldSpec((1, 16, 16)), None, {**settings, "least_group": n}) for n in (1, 4))
    norms = [norm for norm in many.modules() if isinstance(norm, torch.nn.GroupNorm)]
    assert min(norm.num_channels // norm.num_groups for norm in norms) == 4
    assert few.network.decoder.layers["16"].cell_norm.num_groups == 8
    few.load_state_dict(many.state_dict())


def test_reconstructions_are_what_the_bound_scores():
    torch.manual_seed(0)
    model = build(VRNN, WorldSpec((1, 16, 16)), None, {"width": 8, "pixels": "l2"})
    frames = torch.rand(2, 5, 1, 16, 16)
    painted = model.reconstruct(frames, generator=torch.Generator().manual_seed(3))
    loss = model.evidence(frames, generator=torch.Generator().manual_seed(3)).loss
    torch.testing.assert_close((painted - frames[:, 2:]).square().flatten(1).sum(1), loss)
