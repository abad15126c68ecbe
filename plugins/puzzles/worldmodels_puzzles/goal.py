"""Goal tests: how surely do the two goal bodies touch in imagined frames?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

from worldmodels.transitions import Transitions
from worldmodels_envs.phyre.raster import PALETTE
from worldmodels_envs.phyre.scene import Color

GoalTest: TypeAlias = Callable[[Transitions], Tensor]
"""How surely the goal is reached at each imagined frame, (video, time), higher is surer."""


@dataclass(frozen=True)
class Contact:
    """How much green lies next to the other goal colour in the rendered frames, wherever it is most.

    Attributes:
        sharpness: How fast a pixel's part in a colour falls with its squared distance in RGB, each in [0, 1].
    """

    sharpness: float = 24.0

    def __call__(self, transitions: Transitions) -> Tensor:
        """Between 0 and 1, (video, time)."""
        return contact(transitions.frames, self.sharpness)


def contact(frames: Tensor, sharpness: float = 24.0) -> Tensor:
    """Colour adjacency of frames (video, time, 3, height, width): (video, time)."""
    green, blue, purple = (_likeness(frames, colour, sharpness) for colour in (Color.GREEN, Color.BLUE, Color.PURPLE))
    beside: Tensor = F.max_pool2d(green, 3, 1, 1)
    return (beside * torch.maximum(blue, purple)).amax((-2, -1))


def held(tests: Tensor, frames: int) -> Tensor:
    """The best mean of tests (video, time) over `frames` consecutive ones, as contact must hold: (video,)."""
    window = max(1, min(frames, tests.shape[1]))
    return tests.unfold(1, window, 1).mean(-1).amax(1)


def _likeness(frames: Tensor, colour: Color, sharpness: float) -> Tensor:
    ink = frames.new_tensor(PALETTE[colour] / 255)[:, None, None]
    return torch.exp(-sharpness * (frames - ink).square().sum(-3))
