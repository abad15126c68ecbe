"""Power spectra of frames over time: whether a video blurs (Ayzel et al., 2020; the thesis' appendix 6.C)."""

from __future__ import annotations

import torch
from torch import Tensor

from worldmodels.errors import InputError


@torch.no_grad()
def power_spectrum(frames: Tensor) -> Tensor:
    """Mean power (radius,) of frames (N, C, H, W) at 0, 1, ... cycles a frame, averaged over directions.

    The radius ends at half the shorter side; channels are averaged before.

    Raises:
        InputError: for other shapes or types.
    """
    if frames.ndim != 4 or not frames.is_floating_point() or not len(frames):
        raise InputError(f"frames {tuple(frames.shape)} ({frames.dtype}) are not floats (N, C, H, W).")
    height, width = frames.shape[-2:]
    power = torch.fft.fft2(frames.double().mean(1)).abs().square().mean(0) / (height * width)
    rows, columns = torch.fft.fftfreq(height) * height, torch.fft.fftfreq(width) * width
    radius = (rows[:, None].square() + columns[None].square()).sqrt().round().long().flatten()
    last = min(height, width) // 2 + 1
    kept = radius < last
    sums = torch.zeros(last, dtype=torch.double).index_add_(0, radius[kept], power.flatten()[kept])
    return sums / torch.bincount(radius[kept], minlength=last)


def spectral_gap(generated: Tensor, real: Tensor) -> float:
    """The mean distance of two sets' spectra in decades, the constant part left out; 0 where they have the same.

    Raises:
        InputError: for frames that are not (N, C, H, W), or of two sizes.
    """
    if generated.shape[2:] != real.shape[2:]:
        raise InputError(f"frames {tuple(generated.shape[2:])} and {tuple(real.shape[2:])} differ in size.")
    spectra = [power_spectrum(frames)[1:].clamp_min(1e-12).log10() for frames in (generated, real)]
    return float((spectra[0] - spectra[1]).abs().mean())
