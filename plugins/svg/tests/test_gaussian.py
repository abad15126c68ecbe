import torch
from torch.distributions import Normal, kl_divergence

from worldmodels.noise import Noise
from worldmodels_svg.gaussian import Gaussian, kl


def test_the_divergence_is_torchs():
    q, p = (Gaussian(torch.randn(4, 3), torch.randn(4, 3)) for _ in range(2))
    normals = [Normal(g.mean, (0.5 * g.log_variance).exp()) for g in (q, p)]
    torch.testing.assert_close(kl(q, p), kl_divergence(*normals).sum(-1))
    assert kl(q, q).abs().max() < 1e-6


def test_draws_have_the_gaussians_spread():
    gaussian = Gaussian(torch.full((20_000,), 3.0), torch.full((20_000,), 2.0).log())
    draws = gaussian.sample(Noise(torch.Generator().manual_seed(0)))
    assert abs(draws.mean() - 3) < 0.05 and abs(draws.var() - 2) < 0.1
