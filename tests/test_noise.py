import pytest
import torch

from worldmodels.errors import InputError
from worldmodels.noise import Noise


def noise(temperature=1.0, seed=0):
    return Noise(torch.Generator().manual_seed(seed), temperature)


def test_temperature_scales_the_spread():
    mean, std = torch.full((40_000,), 3.0), torch.full((40_000,), 2.0)
    for temperature in (0.5, 1.0):
        draw = noise(temperature).gaussian(mean, std)
        assert draw.mean().item() == pytest.approx(3.0, abs=0.05)
        assert draw.std().item() == pytest.approx(2.0 * temperature, rel=0.03)


def test_temperature_zero_is_mean_and_mode_and_draws_nothing():
    generator = torch.Generator().manual_seed(0)
    before = generator.get_state()
    still = Noise(generator, 0.0)
    mean = torch.tensor([1.0, 2.0])
    assert torch.equal(still.gaussian(mean, mean), mean)
    assert still.categorical(torch.tensor([[0.0, 2.0, 1.0]])).tolist() == [1]
    assert torch.equal(generator.get_state(), before)


def test_draws_come_from_the_generator_alone():
    before = torch.get_rng_state()
    first, second = (noise(seed=3).standard((5,), torch.zeros(1)) for _ in range(2))
    assert torch.equal(first, second)
    assert torch.equal(torch.get_rng_state(), before)


def test_gaussian_is_differentiable_in_mean_and_spread():
    mean, std = torch.zeros(4, requires_grad=True), torch.ones(4, requires_grad=True)
    noise().gaussian(mean, std).sum().backward()
    assert torch.equal(mean.grad, torch.ones(4))
    assert torch.allclose(std.grad, noise().standard((4,), std))


def test_choices_follow_the_logits():
    logits = torch.tensor([0.1, 0.6, 0.3]).log().expand(50_000, 3)
    shares = noise().categorical(logits).bincount(minlength=3) / 50_000
    assert torch.allclose(shares, torch.tensor([0.1, 0.6, 0.3]), atol=0.01)


def test_gumbel_is_finite_with_its_known_mean():
    draws = noise().gumbel(torch.zeros(100_000))
    assert draws.isfinite().all()
    assert draws.mean().item() == pytest.approx(0.5772, abs=0.02)


def test_draws_take_dtype_from_what_they_are_like():
    assert noise().standard((2,), torch.zeros(1, dtype=torch.float64)).dtype == torch.float64


def test_large_whole_temperatures_are_numbers_too():
    assert noise(10**25).gaussian(torch.zeros(4), torch.ones(4)).abs().max() > 1e20


@pytest.mark.parametrize("temperature", [-1, float("nan"), float("inf"), 10**400, True, "1"])
def test_wrong_temperatures(temperature):
    with pytest.raises(InputError, match="temperature"):
        Noise(None, temperature)
