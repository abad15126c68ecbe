"""Pendulums as white rods on black, all at once."""

from __future__ import annotations

import numpy as np

from worldmodels_envs.pendulum.dynamics import Floats

# In frame sizes: how far the rod reaches from the centre, and half its width.
_REACH = 0.4
_HALF_WIDTH = 0.07


def draw_rods(angles: Floats, size: int) -> Floats:
    """Draw rods from the frame's centre at angles (frames,), with soft edges: (frames, size, size) in [0, 1]."""
    axis = np.arange(size) - (size - 1) / 2
    x, y = axis[None, None, :], axis[None, :, None]
    sine, cosine = np.sin(angles)[:, None, None], np.cos(angles)[:, None, None]
    along, across = x * sine - y * cosine, x * cosine + y * sine
    beyond = along - np.clip(along, 0, _REACH * size)
    rods: Floats = np.clip(_HALF_WIDTH * size + 0.5 - np.hypot(beyond, across), 0, 1)
    return rods
