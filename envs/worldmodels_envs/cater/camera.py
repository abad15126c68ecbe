"""CATER's camera: where it stands, how it moves, and where world points land in its picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from worldmodels_envs.cater.config import CaterConfig

Floats = npt.NDArray[np.float64]

HOME = (7.481, -6.508, 5.344)
HALF_WIDTH = 16.0 / 35.0  # tangent of half the field of view: a sensor 32 wide behind a lens of 35
HALF_HEIGHT = HALF_WIDTH * 240 / 320
NEAR, FAR = 1.0, 80.0
SHIFT_INTERVAL = 30


def camera_path(rng: np.random.Generator, config: CaterConfig) -> Floats:
    """Draw the camera's places (frames, 3); it always looks at the origin.

    A moving camera goes to x = +-10 or y = +-10 and z in {8, 10, 12} every 30 frames, easing in and out.
    """
    home = np.array(HOME) + rng.uniform(-config.camera_jitter, config.camera_jitter, 3)
    if not config.moving_camera:
        return np.tile(home, (config.frames, 1))
    stops = np.arange(0, config.frames + SHIFT_INTERVAL, SHIFT_INTERVAL)
    places = [home]
    for _ in stops[1:]:
        places.append(_next_place(rng, places[-1]))
    if len(places) > 2:
        places[-1] = places[-2]
    return _eased(np.arange(config.frames), stops, np.array(places))


def axes(eye: Floats) -> Floats:
    """Return the camera's right, up and backward unit vectors (..., 3 axes, 3) for places (..., 3)."""
    back = eye / np.linalg.norm(eye, axis=-1, keepdims=True)
    right = np.cross(np.array([0.0, 0.0, 1.0]), back)
    right /= np.linalg.norm(right, axis=-1, keepdims=True)
    return np.stack([right, np.cross(back, right), back], axis=-2)


def ground_directions(eye: Floats) -> dict[str, Floats]:
    """Return CATER's six directions as seen by the camera, unit vectors (3,)."""
    right, _, back = axes(eye)
    behind = -np.array([back[0], back[1], 0.0]) / np.hypot(back[0], back[1])
    above = np.array([0.0, 0.0, 1.0])
    pairs = {
        "behind": behind,
        "front": -behind,
        "left": -right,
        "right": right,
        "above": above,
        "below": -above,
    }
    return {name: vector + 0.0 for name, vector in pairs.items()}


def project(points: Floats, eye: Floats, height: int, width: int) -> Floats:
    """Return where world points lie in the picture.

    Args:
        points: World points (..., n, 3).
        eye: The camera's places (..., 3), one per set of points.
        height: Height of the picture, px.
        width: Width of the picture, px.

    Returns:
        (..., n, 3): x and y in px from the top left corner, and the distance along the viewing axis.
    """
    seen = np.einsum("...nk,...ak->...na", points - eye[..., None, :], axes(eye))
    depth = -seen[..., 2]
    x = width / 2 * (1 + seen[..., 0] / (depth * HALF_WIDTH))
    y = height / 2 * (1 - seen[..., 1] / (depth * HALF_HEIGHT))
    return np.stack([x, y, depth], axis=-1)


def unproject(pixels: Floats, level: Floats | float, eye: Floats, height: int, width: int) -> Floats:
    """Return the world (x, y) where the rays through pixels (..., 2) meet the plane z = level."""
    sideways = (2 * pixels[..., 0] / width - 1) * HALF_WIDTH
    upwards = (1 - 2 * pixels[..., 1] / height) * HALF_HEIGHT
    ray = np.einsum("...a,...ak->...k", np.stack([sideways, upwards, -np.ones_like(sideways)], axis=-1), axes(eye))
    reach = (level - eye[..., 2]) / ray[..., 2]
    return np.asarray(eye[..., :2] + reach[..., None] * ray[..., :2])


def ball_area(radius: float, depth: Floats, height: int, width: int) -> Floats:
    """Return about how many px a ball at some distances covers when nothing hides it."""
    across = radius * width / (2 * HALF_WIDTH * depth)
    down = radius * height / (2 * HALF_HEIGHT * depth)
    return np.asarray(np.pi * across * down)


def view_matrix(eye: Floats) -> list[float]:
    """Return the 4x4 world-to-camera matrix, column by column, as OpenGL and pybullet take it."""
    frame = axes(eye)
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = frame, -frame @ eye
    return _column_major(matrix)


def projection_matrix(field: tuple[float, float] = (HALF_WIDTH, HALF_HEIGHT)) -> list[float]:
    """Return the 4x4 camera-to-clip matrix, column by column, for tangents of half the field of view."""
    span = NEAR - FAR
    matrix = np.array(
        [
            [1 / field[0], 0, 0, 0],
            [0, 1 / field[1], 0, 0],
            [0, 0, (FAR + NEAR) / span, 2 * FAR * NEAR / span],
            [0, 0, -1, 0],
        ]
    )
    return _column_major(matrix)


def depth_from_buffer(buffer: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Turn a depth buffer in [0, 1] into distances along the viewing axis."""
    return (FAR * NEAR / (FAR - (FAR - NEAR) * buffer)).astype(np.float32)


def _next_place(rng: np.random.Generator, last: Floats) -> Floats:
    place = last.copy()
    place[rng.integers(2)] = rng.choice([-10.0, 10.0])
    place[2] = rng.choice([8.0, 10.0, 12.0])
    return place


def _eased(times: npt.NDArray[Any], stops: npt.NDArray[Any], places: Floats) -> Floats:
    before = np.minimum(np.searchsorted(stops, times, side="right") - 1, len(stops) - 2)
    share = (times - stops[before]) / (stops[before + 1] - stops[before])
    share = (share * share * (3 - 2 * share))[:, None]
    return np.asarray(places[before] * (1 - share) + places[before + 1] * share)


def _column_major(matrix: Floats) -> list[float]:
    return [float(value) for value in matrix.T.ravel()]
