"""Slots to frames: each slot paints colours and a mask, and the masks mix the colours."""

from __future__ import annotations

from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from worldmodels.blocks import LinearPositions, grid, mlp, waves
from worldmodels_vim.config import VIMConfig
from worldmodels_vim.encoder import PATCH, cells
from worldmodels_vim.painting import Painting

OCTAVES = 4
"""Of the waves that code offsets; the shortest is half a frame's half."""

DEPTHS = 5.0
"""Factor on a slot's depth as contents tell it, whose changes decide which of two slots that overlap is seen."""


class PatchDecoder(nn.Module):
    """An MLP that sees a slot's content and how far off a cell is, and paints the cell's 4x4 pixels.

    What it paints of a mask is a shape, which covers a pixel or does not; of slots that cover the same pixel, their
    depths, one number of each, say which is in front.

    Args:
        frame_shape: (channel, height, width).
        config: Sizes; a slot without a place sees each cell's distance from the middle of the frame.
    """

    grid: Tensor

    def __init__(self, frame_shape: tuple[int, int, int], config: VIMConfig) -> None:
        super().__init__()
        self.shape, self.content, hidden = cells(frame_shape), config.width, config.painter
        self.register_buffer("grid", grid(*self.shape), persistent=False)
        self.offset = nn.Linear(2 + 4 * OCTAVES, hidden)
        self.slot = nn.Linear(config.width, hidden)
        self.paint = nn.Sequential(nn.ReLU(inplace=True), mlp(hidden, hidden, (frame_shape[0] + 1) * PATCH**2))
        self.depth = nn.Linear(config.width, 1)

    def forward(self, slots: Tensor) -> Painting:
        """The painting of slots (batch, slot, width)."""
        colours, masks = self._patches(slots)
        return Painting(self._assemble(colours), self._assemble(masks))

    def frames(self, slots: Tensor) -> Tensor:
        """The mixture alone (batch, channel, height, width): put together once rather than slot by slot."""
        colours, masks = self._patches(slots)
        return self._assemble((colours * masks).sum(1))

    def _patches(self, slots: Tensor) -> tuple[Tensor, Tensor]:
        """Colours and masks (batch, slot, cell, channel, pixel)."""
        content, place = slots[..., : self.content], slots[..., self.content :].unsqueeze(-2)
        offsets = self.grid - place if place.shape[-1] else self.grid
        painted = self.paint(self.slot(content).unsqueeze(2) + self.offset(waves(offsets, OCTAVES)))
        painted = painted.unflatten(-1, (-1, PATCH**2))
        colours, shapes = painted.split([painted.shape[-2] - 1, 1], -2)
        depth = DEPTHS * self.depth(content)[..., None, None]
        return colours, (F.logsigmoid(shapes) + depth).softmax(1)

    def _assemble(self, patches: Tensor) -> Tensor:
        """Pictures (..., channel, height, width) of patches (..., cell, channel, pixel)."""
        parts = patches.unflatten(-3, self.shape).unflatten(-1, (PATCH, PATCH))
        parts = parts.movedim((-3, -5, -2, -4), (-5, -4, -3, -2))  # channel, row, y, column, x
        pictures: Tensor = parts.flatten(-2).flatten(-3, -2)
        return pictures


class BroadcastDecoder(nn.Module):
    """Convolutions over a slot that is repeated at every pixel, with a position code (Table 8.2).

    The table ends in a ReLU, which could paint no dark mask; as in Locatello et al. (2020) there is none here.

    Args:
        frame_shape: (channel, height, width).
        config: Sizes.
    """

    def __init__(self, frame_shape: tuple[int, int, int], config: VIMConfig) -> None:
        super().__init__()
        self.size = frame_shape[1:]
        self.positions = LinearPositions(*self.size, config.width)
        widths = [config.width, config.channels, config.channels, config.channels]
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.Conv2d(before, after, 5, padding=2), nn.ReLU()]
        self.paint = nn.Sequential(*layers, nn.Conv2d(config.channels, frame_shape[0] + 1, 5, padding=2))

    def forward(self, slots: Tensor) -> Painting:
        """The painting of slots (batch, slot, width)."""
        spread = (slots.flatten(0, 1).unsqueeze(1) + self.positions()).transpose(1, 2)
        painted = self.paint(spread.unflatten(2, self.size))
        painted = painted.unflatten(0, slots.shape[:2])
        return Painting(painted[:, :, :-1], painted[:, :, -1:].softmax(1))

    def frames(self, slots: Tensor) -> Tensor:
        """The mixture alone (batch, channel, height, width)."""
        return self(slots).frames  # type: ignore[no-any-return]
