"""Its regulariser against known distributions, and what its loss reaches."""

import pytest
import torch
from gymnasium.spaces import Discrete

from worldmodels import WorldSpec, create
from worldmodels.batch import Batch
from worldmodels.stages import Moment
from worldmodels_lewm.sigreg import sigreg


def statistic(z, weights=None):
    torch.manual_seed(1)
    return sigreg(z, weights, 64).item()


def test_a_normal_distribution_is_what_sigreg_asks_for():
    torch.manual_seed(0)
    normal = torch.randn(64, 16, 6)
    others = [torch.zeros_like(normal), 3 * normal, normal + 2]
    # Its expectation for N normal samples is that of the chi-squared sum of the integral, far below 1.
    assert statistic(normal) < 1
    assert all(statistic(other) > 20 for other in others)


def test_the_statistic_of_a_constant_is_the_integral():
    t = torch.linspace(0, 3, 17)
    gauss = (-0.5 * t**2).exp()
    expected = 2 * 12 * torch.trapezoid((1 - gauss) ** 2 * gauss, t)
    assert statistic(torch.zeros(3, 4, 5)) == pytest.approx(expected.item(), rel=1e-5)


def test_weights_leave_samples_out():
    torch.manual_seed(0)
    z, weights = torch.randn(4, 6, 5), torch.ones(4, 6)
    weights[:, 4:] = 0
    spoiled = z.clone()
    spoiled[:, 4:] = 100
    assert statistic(spoiled, weights) == pytest.approx(statistic(z[:, :4]), rel=1e-4)


@pytest.fixture
def model():
    torch.manual_seed(0)
    return create("lewm", WorldSpec((3, 16, 16), Discrete(3)), preset="tiny")


def batch(frames):
    actions = torch.nn.functional.one_hot(torch.randint(3, (len(frames), frames.shape[1] - 1)), 3).float()
    return Batch(frames, actions)


def test_pixels_teach_the_decoder_alone(model):
    terms = model.losses(batch(torch.rand(2, 5, 3, 16, 16)), Moment.at(0.5))
    terms["decoder"].backward(retain_graph=True)
    reached = {name.split(".")[0] for name, p in model.named_parameters() if p.grad is not None}
    assert reached == {"decoder"}
    model.zero_grad()
    (terms["prediction"] + terms["sigreg"]).backward()
    reached = {name.split(".")[0] for name, p in model.named_parameters() if p.grad is not None and p.grad.any()}
    assert "decoder" not in reached and {"encoder", "project", "predictor"} <= reached


def test_training_does_not_collapse_and_predicts_what_moves(model):
    """A bar that moves by the action: its embedding is predicted, and frames differ by where it is."""
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    for _ in range(200):
        moves = torch.randint(3, (16, 4), generator=generator)
        start = torch.randint(5, 11, (16, 1), generator=generator)
        places = torch.cat([start, start + (moves - 1).cumsum(1)], 1)
        frames = (torch.arange(16) == places[..., None]).float()[:, :, None, None].expand(-1, -1, 3, 16, -1)
        clips = Batch(frames, torch.nn.functional.one_hot(moves, 3).float())
        optimizer.zero_grad()
        terms = model.losses(clips, Moment.at(0.5))
        terms["total"].backward()
        optimizer.step()
    z = model._embed(frames)
    assert z.flatten(0, 1).var(0).mean() > 0.3
    assert terms["prediction"] < 0.3 * z.flatten(0, 1).var(0).mean()
