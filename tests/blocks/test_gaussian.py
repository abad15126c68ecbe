import math

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from worldmodels.blocks import Gaussian
from worldmodels.noise import Noise


def random_gaussian() -> Gaussian:
    return Gaussian.softplus(torch.randn(5, 3, 8))


def test_a_network_gives_mean_and_softplus_std():
    mean, std = Gaussian.softplus(torch.tensor([[1.0, -2.0, 0.0, 3.0]]))
    torch.testing.assert_close(mean, torch.tensor([[1.0, -2.0]]))
    torch.testing.assert_close(std, torch.tensor([[math.log(2), math.log1p(math.exp(3))]]))


def test_maps_are_split_along_their_channels_and_deviations_begin_where_told():
    raw = torch.randn(2, 6, 4, 4)
    gaussian = Gaussian.softplus(raw, dim=1, shift=-4.0, least=0.5)
    torch.testing.assert_close(gaussian.mean, raw[:, :3])
    torch.testing.assert_close(gaussian.std, (raw[:, 3:] - 4).exp().log1p() + 0.5)


def test_logarithms_of_variances_become_deviations():
    gaussian = Gaussian.log_variance(torch.zeros(3), torch.tensor([0.0, math.log(4.0), math.log(0.25)]))
    torch.testing.assert_close(gaussian.std, torch.tensor([1.0, 2.0, 0.5]))


def test_half_precision_is_widened_before_anything_is_drawn():
    gaussian = Gaussian.softplus(torch.randn(4, 6, dtype=torch.bfloat16))
    assert gaussian.rsample(Noise()).dtype == gaussian.std.dtype == torch.float32
    assert Gaussian.softplus(torch.randn(4, 6, dtype=torch.float64)).mean.dtype == torch.float64


def test_divergences_and_densities_are_torchs():
    q, p, value = random_gaussian(), random_gaussian(), torch.randn(5, 3, 4)
    torch.testing.assert_close(q.kl(p), kl_divergence(Normal(*q), Normal(*p)))
    torch.testing.assert_close(q.log_prob(value), Normal(*q).log_prob(value))
    standard = kl_divergence(Normal(*q), Normal(0.0, 1.0))
    torch.testing.assert_close(q.kl(Gaussian.standard(q.mean)), standard)


def test_divergence_from_itself_is_zero():
    q = random_gaussian()
    torch.testing.assert_close(q.kl(q), torch.zeros(5, 3, 4), atol=1e-6, rtol=0)


@pytest.mark.parametrize("temperature", [1.0, 0.5, 0.0])
def test_draws_have_the_gaussians_spread_times_the_temperature(temperature):
    gaussian = Gaussian(torch.full((20_000,), 3.0), torch.full((20_000,), 2.0))
    draws = gaussian.rsample(Noise(torch.Generator().manual_seed(0), temperature))
    assert abs(draws.mean() - 3) < 0.05 and abs(draws.std() - 2 * temperature) < 0.05


def test_draws_keep_gradients_of_both():
    raw = torch.randn(4, 6, requires_grad=True)
    Gaussian.softplus(raw).rsample(Noise()).sum().backward()
    assert raw.grad is not None and (raw.grad != 0).all()


def test_a_change_is_of_both():
    later = random_gaussian().map(lambda part: part[:, 1:])
    assert later.mean.shape == later.std.shape == (5, 2, 4)
