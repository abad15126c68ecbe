import math

import numpy as np
import pytest
import torch

from worldmodels.errors import InputError
from worldmodels.evaluation.metrics import PSNR_CEILING, psnr, ssim


def noisy(shape, amount=0.1, seed=0):
    generator = torch.Generator().manual_seed(seed)
    target = torch.rand(shape, generator=generator)
    return (target + amount * torch.randn(shape, generator=generator)).clamp(0, 1), target


def gaussian_window(size=11, sigma=1.5):
    x = np.arange(size) - size // 2
    window = np.exp(-(x**2) / (2 * sigma**2))
    square = np.outer(window, window)
    return square / square.sum()


def ssim_by_loops(x, y):
    """Wang's definition, written out for one plane."""
    w, values = gaussian_window(), []
    for i in range(x.shape[0] - 10):
        for j in range(x.shape[1] - 10):
            a, b = x[i : i + 11, j : j + 11], y[i : i + 11, j : j + 11]
            ma, mb = (w * a).sum(), (w * b).sum()
            va, vb = (w * (a - ma) ** 2).sum(), (w * (b - mb) ** 2).sum()
            cov = (w * (a - ma) * (b - mb)).sum()
            l = (2 * ma * mb + 1e-4) / (ma**2 + mb**2 + 1e-4)
            values.append(l * (2 * cov + 9e-4) / (va + vb + 9e-4))
    return np.mean(values)


def test_psnr_of_constant_errors_has_a_closed_form():
    target = torch.full((2, 3, 3, 4, 4), 0.5)
    prediction = target + torch.tensor([0.1, 0.01, 0.2]).view(3, 1, 1)
    expected = np.mean([-20 * math.log10(e) for e in (0.1, 0.01, 0.2)])
    assert psnr(prediction, target).shape == (2, 3)
    assert torch.allclose(psnr(prediction, target), torch.tensor(expected, dtype=torch.float32), atol=1e-3)


def test_psnr_averages_decibels_over_channels_not_errors():
    target = torch.zeros(1, 2, 4, 4)
    prediction = target.clone()
    prediction[:, 0] = 0.1
    prediction[:, 1] = 1.0
    assert psnr(prediction, target).item() == pytest.approx(10.0, abs=1e-4)


def test_a_perfect_frame_reaches_the_ceiling():
    frame = torch.rand(3, 16, 16)
    assert psnr(frame, frame).item() == pytest.approx(PSNR_CEILING)
    assert ssim(frame, frame).item() == pytest.approx(1.0)


@pytest.mark.parametrize(("height", "width"), [(11, 11), (13, 17)])
def test_ssim_agrees_with_its_definition(height, width):
    prediction, target = noisy((2, 3, height, width))
    expected = [
        np.mean([ssim_by_loops(p.double().numpy(), t.double().numpy()) for p, t in zip(a, b, strict=True)])
        for a, b in zip(prediction, target, strict=True)
    ]
    assert ssim(prediction, target).tolist() == pytest.approx(expected, abs=1e-5)


def test_ssim_agrees_with_torchmetrics_inside_the_border():
    from torchmetrics.functional.image import structural_similarity_index_measure

    prediction, target = noisy((4, 3, 40, 32), 0.2)
    _, maps = structural_similarity_index_measure(
        prediction, target, data_range=1.0, return_full_image=True, reduction="none"
    )
    if maps.shape[-2:] == (40, 32):
        maps = maps[..., 5:-5, 5:-5]
    assert ssim(prediction, target).tolist() == pytest.approx(maps.mean((1, 2, 3)).tolist(), abs=1e-4)


def test_ssim_in_chunks_is_ssim_at_once(monkeypatch):
    prediction, target = noisy((5, 4, 3, 16, 16))
    whole = ssim(prediction, target)
    monkeypatch.setattr("worldmodels.evaluation.metrics._CHUNK_CPU", 16 * 16 * 7)
    assert whole.shape == (5, 4)
    assert torch.allclose(ssim(prediction, target), whole)


@pytest.mark.parametrize("metric", [psnr, ssim])
@pytest.mark.parametrize(
    ("prediction", "target", "message"),
    [
        (torch.zeros(3, 16, 16), torch.zeros(1, 16, 16), "differ in shape"),
        (torch.zeros(16, 16), torch.zeros(16, 16), "channel, height, width"),
        (torch.zeros(0, 3, 16, 16), torch.zeros(0, 3, 16, 16), "channel, height, width"),
        (torch.zeros(3, 16, 16, dtype=torch.uint8), torch.zeros(3, 16, 16), "divide uint8 by 255"),
        (torch.full((3, 16, 16), 1.5), torch.zeros(3, 16, 16), "must lie in"),
        (torch.zeros(3, 16, 16), torch.full((3, 16, 16), math.nan), "must lie in"),
    ],
)
def test_what_is_not_frames_is_refused(metric, prediction, target, message):
    with pytest.raises(InputError, match=message):
        metric(prediction, target)


def test_ssim_needs_room_for_its_window():
    with pytest.raises(InputError, match="at least 11"):
        ssim(torch.zeros(3, 10, 32), torch.zeros(3, 10, 32))
