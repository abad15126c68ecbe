"""`Encoder`: the first states of the first level, from the frames that were seen last."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn


class Encoder(nn.Module):
    """Residual blocks down to the first unit's maps, and a convolution to the state of each unit on the way.

    In the manner of DVD-GAN's frame-conditional variant (Clark et al., 2019); the paper generates without a past.

    Args:
        inputs: Channels of the frames, one behind the other.
        channels: Base number of channels, doubled with every halving of the size.
        states: Channels of the units' states, from the first to the last, each of twice the size of the one before.
    """

    def __init__(self, inputs: int, channels: int, states: Sequence[int]) -> None:
        super().__init__()
        widths = [channels * 2 ** min(depth, 2) for depth in range(len(states))]
        self.first = nn.Conv2d(inputs, widths[0], 3, padding=1)
        pairs = zip([widths[0], *widths], widths, strict=False)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.ReLU(), nn.Conv2d(before, after, 3, padding=1), nn.ReLU(), nn.Conv2d(after, after, 3, padding=1)
            )
            for before, after in pairs
        )
        self.shortcuts = nn.ModuleList(nn.Conv2d(a, b, 1) for a, b in zip([widths[0], *widths], widths, strict=False))
        self.states = nn.ModuleList(
            nn.Conv2d(width, state, 3, padding=1) for width, state in zip(widths, reversed(states), strict=True)
        )

    def forward(self, frames: Tensor) -> list[Tensor]:
        """States of every unit (item, channel, height, width), the smallest first, of frames (item, inputs, ...)."""
        maps, found = self.first(frames), []
        for depth, (block, shortcut, state) in enumerate(zip(self.blocks, self.shortcuts, self.states, strict=True)):
            if depth:
                maps = F.avg_pool2d(maps, 2)
            maps = block(maps) + shortcut(maps)
            # As the units' own states, which end in a ReLU.
            found.append(F.relu(state(maps)))
        return found[::-1]
