import pytest
import torch
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from worldmodels.noise import Noise
from worldmodels_videoflow.prior import Futures, LevelPrior

OPTIONS = {"width": 8, "blocks": 1, "dilations": (1, 2, 4), "gates": True}


def make(futures=1, actions=0, skip=True, above=0):
    torch.manual_seed(0)
    return LevelPrior(4, (6, 6), above=above, actions=actions, skip=skip, futures=futures, **OPTIONS)


def test_it_begins_at_the_frame_before():
    past = torch.randn(2, 3, 4, 6, 6)
    for skip, expected in ((True, past[:, -1]), (False, torch.zeros(2, 4, 6, 6))):
        assert torch.equal(make(skip=skip)(past, None, None).mean[:, 0], expected)


def test_actions_and_higher_levels_begin_at_nothing_and_have_gradients():
    prior = make(actions=3, above=4)
    past, up = torch.randn(2, 2, 4, 6, 6), torch.randn(2, 4, 6, 6)
    still, moved = (prior(past, part, torch.eye(3)[row]) for part, row in ((up, [0, 1]), (2 * up, [2, 2])))
    assert torch.equal(still.mean, moved.mean)
    torch.nn.init.normal_(prior.last.weight)
    prior(past, up, torch.eye(3)[[0, 1]]).mean.sum().backward()
    assert prior.action.weight.grad.abs().sum() > 0 and prior.above.weight.grad.abs().sum() > 0


def test_dilations_too_large_for_the_grid_are_left_out():
    assert [branch.first.dilation for branch in make().residual.blocks[0]] == [1, 2]


@pytest.mark.parametrize("futures", [1, 3])
def test_densities_are_torchs(futures):
    mean, log_std = torch.randn(5, futures, 2, 3, 3), 0.5 * torch.randn(5, futures, 2, 3, 3)
    logits, z = torch.randn(5, futures), torch.randn(5, 2, 3, 3)
    expected = MixtureSameFamily(Categorical(logits=logits), Independent(Normal(mean, log_std.exp()), 3)).log_prob(z)
    torch.testing.assert_close(Futures(mean, log_std, logits).log_prob(z), expected)


def test_a_draw_is_of_one_future_and_its_spread_scales_with_the_temperature():
    mean = torch.tensor([-5.0, 5.0])[None, :, None, None, None].expand(4000, 2, 1, 2, 2)
    futures = Futures(mean, torch.zeros_like(mean), torch.tensor([[0.25, 0.75]]).log().expand(4000, 2))
    for temperature in (1.0, 0.5):
        draws = futures.sample(Noise(torch.Generator().manual_seed(0), temperature))
        sides = draws.sign().flatten(1)
        assert (sides == sides[:, :1]).all()
        assert abs((draws.abs() - 5).std() - temperature) < 0.03
    assert abs((futures.sample(Noise(torch.Generator().manual_seed(0)))[:, 0, 0, 0] > 0).float().mean() - 0.75) < 0.03
    assert (futures.sample(Noise(temperature=0.0)) == 5).all()


def test_futures_begin_apart_and_the_spread_is_bounded():
    prior = make(futures=3)
    torch.nn.init.normal_(prior.last.weight, std=100.0)
    distribution = prior(torch.randn(2, 2, 4, 6, 6), None, None)
    assert (distribution.mean[:, 0] - distribution.mean[:, 1]).abs().max() > 1
    assert -7 <= distribution.log_std.min() and distribution.log_std.max() <= 3


@pytest.mark.parametrize("futures", [1, 3])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_choosing_first_draws_what_drawing_from_all_does(futures, temperature):
    prior = make(futures=futures, actions=3, above=4)
    for layer in (prior.last, prior.weights):
        if layer is not None:
            torch.nn.init.normal_(layer.weight, std=0.3)
    seen = torch.randn(40, 2, 4, 6, 6), torch.randn(40, 4, 6, 6), torch.randn(40, 3)
    with torch.no_grad():
        one, all_of_them = (Noise(torch.Generator().manual_seed(0), temperature) for _ in range(2))
        drawn = prior.choose(*seen, one).sample(one)
        torch.testing.assert_close(drawn, prior(*seen).sample(all_of_them), atol=1e-5, rtol=1e-5)
