import math

import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from worldmodels_srvp.gaussian import Gaussian, bernoulli_nll, gaussian_nll, kl, kl_from_standard, pick


def random_gaussian() -> Gaussian:
    return Gaussian.of(torch.randn(5, 3, 8))


def test_a_network_gives_mean_and_softplus_std() -> None:
    mean, std = Gaussian.of(torch.tensor([[1.0, -2.0, 0.0, 3.0]]))
    torch.testing.assert_close(mean, torch.tensor([[1.0, -2.0]]))
    torch.testing.assert_close(std, torch.tensor([[math.log(2), math.log1p(math.exp(3))]]))


def test_divergences_match_torch() -> None:
    q, p = random_gaussian(), random_gaussian()
    expected = kl_divergence(Normal(*q), Normal(*p)).sum(-1)
    torch.testing.assert_close(kl(q, p), expected)
    standard = kl_divergence(Normal(*q), Normal(0.0, 1.0)).sum(-1)
    torch.testing.assert_close(kl_from_standard(q), standard)


def test_divergence_from_itself_is_zero() -> None:
    q = random_gaussian()
    torch.testing.assert_close(kl(q, q), torch.zeros(5, 3), atol=1e-6, rtol=0)


@pytest.mark.parametrize("std", [1.0, 0.2])
def test_gaussian_likelihood_has_its_constant(std: float) -> None:
    logits, frames = torch.randn(2, 4, 3, 8, 8), torch.rand(2, 4, 3, 8, 8)
    expected = -Normal(logits.sigmoid(), std).log_prob(frames).sum((2, 3, 4))
    torch.testing.assert_close(gaussian_nll(logits, frames, std), expected)


def test_bernoulli_likelihood_matches_torch() -> None:
    logits, frames = torch.randn(2, 4, 3, 8, 8), torch.rand(2, 4, 3, 8, 8).round()
    expected = -Bernoulli(logits=logits).log_prob(frames).sum((2, 3, 4))
    torch.testing.assert_close(bernoulli_nll(logits, frames), expected)


def test_pick_takes_other_times_of_each_video() -> None:
    values = torch.arange(12).reshape(2, 6)
    assert pick(values, torch.tensor([[0, 5], [3, 1]])).tolist() == [[0, 5], [9, 7]]
