"""PSNR and SSIM of frames, and `FrameMetric`, the shape that every measure of a frame has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from worldmodels.errors import InputError

PSNR_CEILING = 100.0
"""dB of a perfect frame: the error is held above 1e-10, so that a mean over videos stays finite."""

_WINDOW, _SIGMA, _K1, _K2 = 11, 1.5, 0.01, 0.03
_CHUNK, _CHUNK_CPU = 2**22, 2**16
"""Pixels at a time; few on a CPU, so that the intermediate images stay in its cache."""
_TOLERANCE = 1e-4


@dataclass(frozen=True)
class FrameMetric:
    """A measure of predicted frames against true ones.

    Attributes:
        name: What tables and files call it, such as "psnr".
        label: The same for people, with the unit.
        higher_is_better: The direction of progress.
        compute: (prediction, target), both float (..., C, H, W) in [0, 1], to scores (...,).
    """

    name: str
    label: str
    higher_is_better: bool
    compute: Callable[[Tensor, Tensor], Tensor]


@torch.no_grad()
def psnr(prediction: Tensor, target: Tensor) -> Tensor:
    """Peak signal-to-noise ratio: 10 log10(1/MSE) of each channel, averaged over the channels.

    Args:
        prediction: Float frames (..., C, H, W) in [0, 1].
        target: The true frames, of the same shape.

    Returns:
        Decibels (...,), at most `PSNR_CEILING`.

    Raises:
        InputError: for other shapes, types or values.
    """
    check_frames(prediction, target)
    error = (prediction.float() - target.float()).square().mean((-2, -1))
    floor = 10 ** (-PSNR_CEILING / 10)
    return (-10 * error.clamp_min(floor).log10()).mean(-1)


@torch.no_grad()
def ssim(prediction: Tensor, target: Tensor) -> Tensor:
    """Structural similarity (Wang et al., 2004), of each channel, averaged over the channels.

    Gaussian window 11x11, sigma 1.5, K = (0.01, 0.03), only where the window fits inside the frame.

    Args:
        prediction: Float frames (..., C, H, W) in [0, 1], at least 11 pixels high and wide.
        target: The true frames, of the same shape.

    Returns:
        Similarities (...,), 1 for equal frames.

    Raises:
        InputError: for other shapes, types or values.
    """
    check_frames(prediction, target, smallest=_WINDOW)
    *leading, channels, height, width = prediction.shape
    pairs = prediction.reshape(-1, height, width), target.reshape(-1, height, width)
    chunk = _CHUNK_CPU if prediction.device.type == "cpu" else _CHUNK
    size = max(1, chunk // (height * width))
    scores = [_ssim_of_planes(x, y) for x, y in zip(*(torch.split(p, size) for p in pairs), strict=True)]
    return torch.cat(scores).view(*leading, channels).mean(-1)


PSNR = FrameMetric("psnr", "PSNR (dB)", True, psnr)
SSIM = FrameMetric("ssim", "SSIM", True, ssim)


def check_frames(prediction: Tensor, target: Tensor, *, smallest: int = 1) -> None:
    """Raise `InputError` unless both are float frames (..., C, H, W) in [0, 1] of one shape."""
    if prediction.shape != target.shape:
        raise InputError(
            f"predicted frames {tuple(prediction.shape)} and true ones {tuple(target.shape)} differ in shape."
        )
    if prediction.ndim < 3 or prediction.numel() == 0 or min(prediction.shape[-2:]) < smallest:
        raise InputError(
            f"frames {tuple(prediction.shape)} are not (..., channel, height, width) with sides of at least {smallest}."
        )
    for name, frames in (("predicted", prediction), ("true", target)):
        _check_values(name, frames)


def _check_values(name: str, frames: Tensor) -> None:
    if not frames.is_floating_point():
        raise InputError(f"{name} frames are {frames.dtype}; give floats in [0, 1] (divide uint8 by 255).")
    low, high = (v.item() for v in frames.aminmax())
    if not (low >= -_TOLERANCE and high <= 1 + _TOLERANCE):
        raise InputError(f"{name} frames reach from {low:.4g} to {high:.4g}; they must lie in [0, 1].")


def _ssim_of_planes(x: Tensor, y: Tensor) -> Tensor:
    """SSIM of single-channel images (N, H, W), averaged over positions: (N,)."""
    x, y = x.float(), y.float()
    maps = _blur(torch.stack([x, y, x * x + y * y, x * y]))
    mean_x, mean_y, squares, product = maps.unbind(0)
    means, means_squared = mean_x * mean_y, mean_x.square() + mean_y.square()
    luminance = (2 * means + _K1**2) / (means_squared + _K1**2)
    structure = (2 * (product - means) + _K2**2) / (squares - means_squared + _K2**2)
    return (luminance * structure).mean((-2, -1))


def _blur(images: Tensor) -> Tensor:
    """The separable Gaussian as two products with banded matrices, ten times a convolution's speed."""
    rows, columns = (_band(n).to(images.device) for n in images.shape[-2:])
    return rows @ images @ columns.T


@lru_cache(maxsize=16)
def _band(size: int) -> Tensor:
    """Matrix (size - 10, size) whose rows are the Gaussian window at every position where it fits."""
    offsets = torch.arange(_WINDOW, dtype=torch.float64) - _WINDOW // 2
    window = torch.exp(-0.5 * (offsets / _SIGMA).square())
    weights = (window / window.sum()).float()
    band = torch.zeros(size - _WINDOW + 1, size)
    for row in range(len(band)):
        band[row, row : row + _WINDOW] = weights
    return band
