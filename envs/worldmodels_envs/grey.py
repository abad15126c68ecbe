"""Environments whose frames may have one channel; what they render is RGB all the same."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from worldmodels_envs.vector import WorldVectorEnv
from worldmodels_envs.world import WorldEnv

Picture = npt.NDArray[np.uint8]


class GreyEnv(WorldEnv):
    """A `WorldEnv` with frames (height, width, 1 or 3)."""

    def render(self) -> Picture | None:
        """Return the current frame as RGB, enlarged by `render_scale`."""
        picture = super().render()
        return None if picture is None else _as_rgb(picture)


class GreyVectorEnv(WorldVectorEnv):
    """A `WorldVectorEnv` with frames (height, width, 1 or 3)."""

    def render(self) -> tuple[Picture, ...] | None:
        """Return the current frames as RGB, enlarged by `render_scale`."""
        pictures = super().render()
        return None if pictures is None else tuple(map(_as_rgb, pictures))


def _as_rgb(picture: Picture) -> Picture:
    return np.broadcast_to(picture, (*picture.shape[:2], 3)).copy()
