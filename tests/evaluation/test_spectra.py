import math

import pytest
import torch

from worldmodels.errors import InputError
from worldmodels.evaluation.spectra import power_spectrum, spectral_gap


@pytest.mark.parametrize("cycles", [1, 3, 7])
def test_a_wave_has_its_power_at_its_frequency(cycles):
    wave = torch.sin(2 * math.pi * cycles * torch.arange(16) / 16).expand(1, 3, 16, 16)
    spectrum = power_spectrum(wave)
    assert len(spectrum) == 9 and spectrum.argmax() == cycles
    others = spectrum[torch.arange(9) != cycles]
    assert others.max() < 1e-6 * spectrum[cycles]


def test_white_noise_is_flat_and_a_blur_is_not():
    torch.manual_seed(0)
    noise = torch.randn(500, 1, 16, 16)
    torch.testing.assert_close(power_spectrum(noise), torch.ones(9, dtype=torch.double), atol=0.1, rtol=0)
    blurred = torch.nn.functional.avg_pool2d(torch.nn.functional.pad(noise, (1, 1, 1, 1), mode="circular"), 3, 1)
    assert spectral_gap(noise[:250], noise[250:]) < 0.05 < 0.5 < spectral_gap(blurred, noise)


@pytest.mark.parametrize("frames", [torch.zeros(3, 4, 4), torch.zeros(1, 1, 4, 4, dtype=torch.uint8)])
def test_other_frames_are_refused(frames):
    with pytest.raises(InputError, match="floats"):
        power_spectrum(frames)


def test_sets_of_two_sizes_are_refused():
    with pytest.raises(InputError, match="size"):
        spectral_gap(torch.zeros(2, 1, 4, 4), torch.zeros(2, 1, 8, 8))
