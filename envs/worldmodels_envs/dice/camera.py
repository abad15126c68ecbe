"""Cameras around the middle of the room, and the rays of their pixels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# What cameras look at: the middle of a cube of edge 1 that stands on the floor.
TARGET = np.array([0.0, 0.0, 0.5])
# Half of the frame's width at a distance of 1: a cube of edge 1 is half as wide as the frame, 4 edges away.
_SPREAD = 0.25
POSE = 7


def place_cameras(azimuths: Floats, elevations: Floats, distance: float) -> Floats:
    """Return where cameras (count, 3) are, at angles in rad and a distance from the target in edges of the cube."""
    flat = np.cos(elevations)
    way = np.stack([flat * np.cos(azimuths), flat * np.sin(azimuths), np.sin(elevations)], -1)
    return TARGET + distance * way


def poses(places: Floats) -> Floats:
    """Return x, y, z, and the sines and cosines of yaw and pitch (count, 7) of cameras that look at the target."""
    ahead = _ahead(places)
    flat = np.hypot(ahead[:, 0], ahead[:, 1])
    turns = np.stack([ahead[:, 1] / flat, ahead[:, 0] / flat, ahead[:, 2], flat], -1)
    return np.concatenate([places, turns], -1)


def rays(places: Floats, size: int) -> Floats:
    """Return the directions (count, size, size, 3), not of unit length, in which cameras' pixels look."""
    ahead = _ahead(places)
    right = np.cross(ahead, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right, axis=-1, keepdims=True)
    up = np.cross(right, ahead)
    axis = _SPREAD * (2 * (np.arange(size) + 0.5) / size - 1)
    across, down = axis[None, None, :, None], axis[None, :, None, None]
    directions: Floats = ahead[:, None, None] + across * right[:, None, None] - down * up[:, None, None]
    return directions


def _ahead(places: Floats) -> Floats:
    ahead = TARGET - places
    unit: Floats = ahead / np.linalg.norm(ahead, axis=-1, keepdims=True)
    return unit
