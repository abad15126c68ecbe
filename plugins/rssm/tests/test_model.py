"""Its equations, against closed forms."""

import pytest
import torch
from torch.distributions import Categorical, kl_divergence

from worldmodels import WorldSpec, create
from worldmodels.batch import Batch
from worldmodels.errors import InputError
from worldmodels.noise import Noise
from worldmodels.stages import Moment
from worldmodels_rssm.networks import divergence, draw, mixed


@pytest.fixture
def logits():
    return torch.randn(3, 5, 4 * 6, generator=torch.Generator().manual_seed(0), requires_grad=True)


def test_divergence_is_that_of_independent_categoricals(logits):
    p, q = mixed(logits, 6, 0.0), mixed(logits.roll(1, 0), 6, 0.0)
    parts = kl_divergence(Categorical(logits=p), Categorical(logits=q))
    assert torch.allclose(divergence(p, q), parts.sum(-1), atol=1e-5)


def test_unimix_keeps_every_class_possible():
    certain = torch.tensor([100.0, 0, 0, 0])
    assert mixed(certain, 4, 0.01).exp()[0].tolist() == pytest.approx([0.9925, 0.0025, 0.0025, 0.0025])


def test_draws_are_one_hot_and_as_frequent_as_they_are_likely(logits):
    chances = mixed(logits[:1, :1], 6, 0.01).expand(20_000, 1, 4, 6)
    drawn = draw(chances, Noise(torch.Generator().manual_seed(1))).detach().unflatten(-1, (4, 6))
    assert ((drawn == 0) | (drawn == 1)).all() and (drawn.sum(-1) == 1).all()
    assert torch.allclose(drawn.mean(0), chances[0].exp(), atol=0.02)


def test_gradients_pass_straight_through_to_the_probabilities(logits):
    chances = mixed(logits, 6, 0.01)
    weights = torch.randn(3, 5, 24, generator=torch.Generator().manual_seed(2))
    (through,) = torch.autograd.grad((draw(chances, Noise()) * weights).sum(), logits, retain_graph=True)
    (direct,) = torch.autograd.grad((chances.exp().flatten(-2) * weights).sum(), logits)
    assert torch.allclose(through, direct, atol=1e-6)


def make(**settings):
    torch.manual_seed(0)
    return create("rssm", WorldSpec((3, 16, 16)), preset="tiny", **settings)


def losses(model, frames, weights=None):
    torch.manual_seed(0)
    return model.losses(Batch(frames, weights=weights), Moment.at(0.5))


def test_free_nats_hold_the_divergences_where_they_are_small():
    frames = torch.rand(2, 5, 3, 16, 16)
    free = losses(make(free=1e3), frames)
    assert free["dynamics"] == free["representation"] == 1e3
    tight = losses(make(free=0.0), frames)
    assert tight["dynamics"].item() == pytest.approx(tight["kl"].item(), rel=1e-5)
    expected = tight["reconstruction"] + tight["dynamics"] + 0.1 * tight["representation"]
    assert tight["total"].item() == pytest.approx(expected.item(), rel=1e-5)


def test_precision_weighs_the_pictures_alone():
    frames = torch.rand(2, 3, 3, 16, 16, generator=torch.Generator().manual_seed(3))
    plain, sharp = (losses(make(precision=precision), frames) for precision in (1.0, 10.0))
    torch.testing.assert_close(sharp["total"] - plain["total"], 9 * plain["reconstruction"], rtol=1e-4, atol=0)


def test_the_prior_learns_from_one_divergence_and_the_encoder_from_the_other():
    frames = torch.rand(2, 5, 3, 16, 16)
    for term, learns, rests in (
        ("dynamics", "prior.2.weight", "of_frame.weight"),
        ("representation", "of_frame.weight", "prior.2.weight"),
    ):
        model = make(free=0.0)
        # Without the recurrence, which both reach.
        losses(model, frames[:, :2])[term].backward()
        found = {name: p.grad for name, p in model.named_parameters() if p.grad is not None and p.grad.any()}
        assert learns in found
        if term == "representation":
            assert rests not in found


def test_burn_in_teaches_nothing_of_its_own_frames():
    model, frames = make(burn_in=3, fresh=0.0), torch.rand(2, 6, 3, 16, 16)
    terms = losses(model, frames)
    assert terms.beliefs.beliefs.batch_size == (2, 6)
    frames = frames.clone().requires_grad_(True)
    losses(model, frames)["total"].backward()
    assert not frames.grad[:, :3].any() and frames.grad[:, 3:].any()


def test_it_learns_a_blinking_frame():
    model = make(depth=4)
    frames = torch.zeros(4, 8, 3, 16, 16)
    frames[:, ::2] = 1.0
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    for _ in range(250):
        optimizer.zero_grad()
        model.losses(Batch(frames), Moment.at(0.5))["total"].backward()
        optimizer.step()
    imagined = model.render(model.imagine(model.observe(frames[:, :2], temperature=0.0), horizon=4, temperature=0.0))
    assert (imagined - frames[:, 2:6]).abs().mean() < 0.05


def test_sizes_that_do_not_fit_are_refused_with_one_that_does():
    with pytest.raises(InputError, match=r"210 x 160.*world.size=\[224,160\]"):
        create("rssm", WorldSpec((3, 210, 160)), preset="tiny")
    create("rssm", WorldSpec((3, 224, 160)), preset="tiny")
