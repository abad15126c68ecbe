"""Encoders: frames in, maps at every resolution out (Table 4.4 of the thesis)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from torch import Tensor, nn

from worldmodels.blocks import Conv
from worldmodels.errors import InputError
from worldmodels_vrnn.convolution import ResidualBlock, down_block

Maps = dict[int, Tensor]
"""Maps (..., channel, resolution, resolution) by resolution."""


def resolutions(frame_shape: tuple[int, int, int]) -> list[int]:
    """The encoder's resolutions: the frame's, halved down to 4, and 1.

    Raises:
        InputError: unless frames are square with a power of two from 8 as their side.
    """
    _, height, width = frame_shape
    if height != width or height < 8 or height & (height - 1):
        raise InputError(f"frames of {height}x{width} given; the VRNN takes square ones of 8, 16, 32, 64, 128, ...")
    sizes = [height]
    while sizes[-1] > 4:
        sizes.append(sizes[-1] // 2)
    return [*sizes, 1]


def channels(sizes: Sequence[int], width: int, widest: int, delay: int) -> dict[int, int]:
    """Channels by resolution: `width` at the finest, doubled with every halving but the first `delay`."""
    scaled = {size: width * min(2 ** max(scale - delay, 0), widest) for scale, size in enumerate(sizes)}
    return {**scaled, 1: scaled[4]}


class Encoder(nn.Module):
    """A map at every resolution, each from the next finer one."""

    def __init__(self, image: int, widths: dict[int, int], kind: Literal["residual", "strided"]) -> None:
        super().__init__()
        sizes = list(widths)
        self.stem = Conv(image, widths[sizes[0]], 1)
        build = _residual if kind == "residual" else _strided
        self.scales = nn.ModuleDict({str(size): build(sizes, widths, scale) for scale, size in enumerate(sizes)})

    def forward(self, frames: Tensor) -> Maps:
        """Maps of frames (item, channel, height, width)."""
        maps, out = {}, self.stem(frames)
        for size, scale in self.scales.items():
            out = scale(out)
            maps[int(size)] = out
        return maps


def _strided(sizes: Sequence[int], widths: dict[int, int], scale: int) -> nn.Module:
    size = sizes[scale]
    return down_block(widths[sizes[scale - 1]], widths[size], size) if scale else nn.Identity()


def _residual(sizes: Sequence[int], widths: dict[int, int], scale: int) -> nn.Module:
    size = sizes[scale]
    if scale == 0:
        return nn.Sequential(ResidualBlock(widths[size], widths[size], size))
    before, after = widths[sizes[scale - 1]], widths[size]
    # The authors' fourth scale widens in its second block, the others in their first.
    between = before if scale == 3 else after
    # A 4x4 map becomes one pixel.
    pool = nn.MaxPool2d(4, 1) if size == 1 else nn.MaxPool2d(2)
    return nn.Sequential(pool, ResidualBlock(before, between, size), ResidualBlock(between, after, size))


def named_maps(maps: Maps) -> dict[str, Tensor]:
    """Maps as a belief's entries, such as `map_8`."""
    return {f"map_{size}": level for size, level in maps.items()}


def during(maps: Maps, times: slice) -> Maps:
    """Some times of maps (batch, time, ...)."""
    return {size: level[:, times] for size, level in maps.items()}


def repeated(maps: Maps, count: int) -> Maps:
    """The first time's maps, `count` times."""
    return {size: level[:, :1].expand(-1, count, -1, -1, -1) for size, level in maps.items()}
