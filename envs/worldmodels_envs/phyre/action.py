"""The user's action: numbers in [0, 1] that place one ball, and what makes them invalid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldmodels_envs.phyre.geometry import distance_to_body
from worldmodels_envs.phyre.scene import SIDE, Body, Circle, Color, Scene

OVERLAP_MARGIN = 1e-5
SMALLEST = 2
"""Radius of the smallest ball in pixels."""


def decode(actions: ArrayLike) -> NDArray[np.float64]:
    """Pixels of the balls that actions (..., 3) in [0, 1] stand for: x, y and radius (..., 3).

    As in PHYRE: x = int(255 a0), y = int(255 a1), radius = round(2 + 30 a2).
    """
    a = np.asarray(actions, dtype=np.float64)
    if a.ndim == 0 or a.shape[-1] != 3:
        raise ValueError(f"an action is 3 numbers (x, y, radius) in [0, 1]; got shape {a.shape}")
    return np.stack([np.trunc(255 * a[..., 0]), np.trunc(255 * a[..., 1]), np.round(2 + 30 * a[..., 2])], -1)


def encode(balls: ArrayLike) -> NDArray[np.float64]:
    """Actions (..., 3) that decode to the balls x, y, radius (..., 3) given in whole pixels."""
    b = np.asarray(balls, dtype=np.float64)
    return np.stack([(b[..., 0] + 0.5) / 255, (b[..., 1] + 0.5) / 255, (b[..., 2] - 2) / 30], -1)


def ball(position: Sequence[float], radius: float) -> Body:
    """The user's ball at a place in pixels."""
    x, y = position
    return Body((Circle(float(radius)),), (float(x), float(y)), dynamic=True, color=Color.RED, user=True)


def fits(scene: Scene, balls: ArrayLike) -> NDArray[np.bool_]:
    """Whether each ball (ball, 3) of x, y, radius in pixels lies inside the scene and overlaps no body."""
    b = np.atleast_2d(np.asarray(balls, dtype=np.float64))
    centres, radii = b[:, :2], b[:, 2]
    free: NDArray[np.bool_] = np.all((centres >= radii[:, None]) & (centres <= SIDE - radii[:, None]), axis=1)
    for body in scene.bodies:
        free[free] = distance_to_body(centres[free], body) >= radii[free] - OVERLAP_MARGIN
    return free


def valid(scene: Scene, actions: ArrayLike) -> NDArray[np.bool_]:
    """Whether each action (action, 3) is in [0, 1] and places a ball that fits."""
    a = np.atleast_2d(np.asarray(actions, dtype=np.float64))
    inside: NDArray[np.bool_] = np.all((a >= 0) & (a <= 1), axis=1)
    inside[inside] = fits(scene, decode(a[inside]))
    return inside


def place(scene: Scene, action: ArrayLike) -> Scene:
    """The scene with the ball of one valid action in it.

    Raises:
        ValueError: when the action is invalid, saying why.
    """
    a = np.asarray(action, dtype=np.float64)
    if not valid(scene, a)[0]:
        raise ValueError(f"action {a.tolist()} is invalid: {complaint(scene, a)}")
    x, y, radius = decode(a)
    return scene.with_balls((ball((x, y), radius),))


def complaint(scene: Scene, action: ArrayLike) -> str:
    """Why an invalid action is invalid, in a few words."""
    a = np.asarray(action, dtype=np.float64)
    if not ((a >= 0) & (a <= 1)).all():
        return "its numbers must lie in [0, 1]"
    x, y, radius = decode(a)
    if min(x, y, SIDE - x, SIDE - y) < radius:
        return "its ball is not wholly inside the scene"
    return "its ball overlaps a body"
