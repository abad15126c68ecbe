"""The one place where frames change between uint8 (..., H, W, C) and float32 (..., C, H, W) in [0, 1]."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from worldmodels.errors import InputError

_CHANNELS = (1, 3)


def to_float(frames: np.ndarray[Any, Any] | Tensor, device: torch.device | str | None = None) -> Tensor:
    """Frames of environments and disks as models take them.

    The bytes move to the device before they become floats, which is a quarter of the traffic.

    Args:
        frames: uint8 (..., height, width, channel) with 1 or 3 channels.
        device: Where the result is wanted; by default where the frames are.

    Returns:
        float32 (..., channel, height, width) in [0, 1], contiguous.

    Raises:
        InputError: for another dtype or shape.
    """
    pixels = _as_tensor(frames)
    _check_bytes(pixels)
    pixels = pixels.to(device, non_blocking=True) if device is not None else pixels
    return pixels.movedim(-1, -3).contiguous().to(torch.float32).div_(255)


def to_uint8(video: Tensor) -> Tensor:
    """Frames of models as environments and disks take them, on the same device.

    Args:
        video: Floating point (..., channel, height, width); values are clipped to [0, 1] and rounded to the
            nearest of 256 levels.

    Returns:
        uint8 (..., height, width, channel), contiguous.

    Raises:
        InputError: for another dtype or shape, and for NaN.
    """
    if not isinstance(video, Tensor) or not video.is_floating_point():
        raise InputError(f"{_describe(video)} is not a video of a model; needed: a float tensor in [0, 1].")
    if video.ndim < 3 or video.shape[-3] not in _CHANNELS:
        raise InputError(f"{_describe(video)} is not (..., channel, height, width) with 1 or 3 channels.")
    levels = video.detach().float().clamp(0, 1).mul(255).round_()
    if levels.isnan().any():
        raise InputError("the video holds NaN; the model that made it has diverged.")
    return levels.to(torch.uint8).movedim(-3, -1).contiguous()


def to_numpy(video: Tensor) -> np.ndarray[Any, Any]:
    """`to_uint8`, in an array on the host."""
    array: np.ndarray[Any, Any] = to_uint8(video).cpu().numpy()
    return array


def check_video(video: Tensor) -> None:
    """Refuse what is not a float video of a model.

    Args:
        video: float32 (..., channel, height, width) in [0, 1] is what passes.

    Raises:
        InputError: for another dtype or shape, and for NaN and values outside [0, 1].
    """
    if not isinstance(video, Tensor) or video.dtype != torch.float32:
        raise InputError(f"{_describe(video)} is not float32; convert uint8 frames with frames.to_float.")
    if video.ndim < 3 or video.shape[-3] not in _CHANNELS:
        raise InputError(f"{_describe(video)} is not (..., channel, height, width) with 1 or 3 channels.")
    if video.numel() and not bool(((video >= 0) & (video <= 1)).all()):
        raise InputError(
            f"frames must lie in [0, 1] and hold no NaN; these run from {video.min():g} to {video.max():g}."
        )


def resize(frames: np.ndarray[Any, Any], size: tuple[int, int]) -> np.ndarray[Any, Any]:
    """Frames at another size, by averaging over areas; the same array where the size is right.

    Args:
        frames: uint8 (..., height, width, channel).
        size: (height, width).

    Raises:
        InputError: for another dtype or shape, or a size below 1.
    """
    if len(size) != 2 or min(size) < 1:
        raise InputError(f"size {size!r} is not (height, width) in pixels.")
    if tuple(frames.shape[-3:-1]) == tuple(size):
        return frames
    video = to_float(frames)
    flat = video.reshape(-1, *video.shape[-3:])
    small = functional.interpolate(flat, size=tuple(size), mode="area")
    return to_numpy(small.reshape(*video.shape[:-2], *size))


def _as_tensor(frames: Any) -> Tensor:
    if isinstance(frames, Tensor):
        return frames
    if not isinstance(frames, np.ndarray) or frames.dtype != np.uint8:
        raise InputError(f"{_describe(frames)} is not uint8 frames.")
    # torch warns of memory that it must not write to, such as a memory map, so that is copied
    usable = frames.flags.writeable and min(frames.strides, default=0) >= 0
    return torch.from_numpy(frames if usable else frames.copy())


def _check_bytes(pixels: Tensor) -> None:
    if pixels.dtype != torch.uint8 or pixels.ndim < 3 or pixels.shape[-1] not in _CHANNELS:
        raise InputError(f"{_describe(pixels)} is not uint8 (..., height, width, channel) with 1 or 3 channels.")


def _describe(value: Any) -> str:
    if isinstance(value, Tensor | np.ndarray):
        return f"{str(value.dtype).removeprefix('torch.')} of shape {tuple(value.shape)}"
    return f"a {type(value).__name__}"
