import pytest
import torch
from torch.distributions import Bernoulli, Normal

from worldmodels_srvp.likelihood import bernoulli_nll, gaussian_nll


@pytest.mark.parametrize("std", [1.0, 0.2])
def test_gaussian_likelihood_has_its_constant(std: float) -> None:
    logits, frames = torch.randn(2, 4, 3, 8, 8), torch.rand(2, 4, 3, 8, 8)
    expected = -Normal(logits.sigmoid(), std).log_prob(frames).sum((2, 3, 4))
    torch.testing.assert_close(gaussian_nll(logits, frames, std), expected)


def test_bernoulli_likelihood_matches_torch() -> None:
    logits, frames = torch.randn(2, 4, 3, 8, 8), torch.rand(2, 4, 3, 8, 8).round()
    expected = -Bernoulli(logits=logits).log_prob(frames).sum((2, 3, 4))
    torch.testing.assert_close(bernoulli_nll(logits, frames), expected)
