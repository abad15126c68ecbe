"""Images of a scene at any size: the seven colours, anti-aliased, or their ids."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmodels_envs.phyre.scene import SIDE, Body, Circle, Scene

PALETTE = np.array(
    [
        [0xFF, 0xFF, 0xFF],
        [0xF3, 0x4F, 0x46],
        [0x6B, 0xCE, 0xBB],
        [0x18, 0x77, 0xF2],
        [0x4B, 0x4A, 0xA4],
        [0xB9, 0xCA, 0xD2],
        [0x00, 0x00, 0x00],
    ],
    dtype=np.uint8,
)
"""RGB of each `Color`."""

_SHIFT = 4  # OpenCV draws at 1/16 of a pixel
_UNIT = 1 << _SHIFT
_SPREAD = 0.6  # OpenCV fills this much of a pixel beyond an outline
_DEEPEST_INSET = 1.5
_FINE = 2  # RGB images are drawn at twice their size, since OpenCV's small discs are crosses


class Painter:
    """Draws the poses of one scene; what stands still is drawn once.

    Args:
        scene: the bodies.
        size: height and width of the images in pixels.
        ids: whether images hold colour ids (size, size) without anti-aliasing, not RGB (size, size, 3).
    """

    def __init__(self, scene: Scene, size: int = 64, ids: bool = False) -> None:
        if size < 1:
            raise ValueError(f"an image has at least 1 x 1 pixels; got size {size}")
        self._size, self._fine = size, 1 if ids else _FINE
        drawn = size * self._fine
        self._line = cv2.LINE_8 if ids else cv2.LINE_AA
        self._inks = [int(b.color) if ids else PALETTE[b.color].tolist() for b in scene.bodies]
        inset = min(_SPREAD * SIDE / drawn, _DEEPEST_INSET)
        self._shapes = [_outlines(body, inset) for body in scene.bodies]
        self._moving = [index for index, body in enumerate(scene.bodies) if body.dynamic]
        self._ground = np.full((drawn, drawn) if ids else (drawn, drawn, 3), 0 if ids else 255, dtype=np.uint8)
        for index, body in enumerate(scene.bodies):
            if not body.dynamic and _seen(body):
                self._draw(self._ground, index, *body.position, body.angle)

    def frame(self, poses: NDArray[np.floating]) -> NDArray[np.uint8]:
        """The image of poses (body, 3): uint8 (size, size, 3), or (size, size) of ids; row 0 is the top."""
        image = self._ground.copy()
        for index in self._moving:
            self._draw(image, index, *poses[index].tolist())
        if self._fine == 1:
            return image
        return np.asarray(cv2.resize(image, (self._size, self._size), interpolation=cv2.INTER_AREA), np.uint8)

    def video(self, trace: NDArray[np.floating]) -> NDArray[np.uint8]:
        """The images of a trace (frame, body, 3), shape (frame, size, size, 3), or (frame, size, size)."""
        return np.stack([self.frame(poses) for poses in trace])

    def _draw(self, image: NDArray[np.uint8], index: int, x: float, y: float, angle: float) -> None:
        scale = self._size * self._fine / SIDE * _UNIT
        left, top = x * scale - _UNIT / 2, (SIDE - y) * scale - _UNIT / 2
        ink = self._inks[index]
        for radius, vertices in self._shapes[index]:
            if vertices is None:
                centre = (round(left), round(top))
                cv2.circle(image, centre, max(1, round(radius * scale)), ink, -1, self._line, _SHIFT)
                continue
            c, s = math.cos(angle) * scale, math.sin(angle) * scale
            corners = vertices @ np.array([[c, -s], [-s, -c]]) + (left, top)
            cv2.fillConvexPoly(image, np.rint(corners).astype(np.int32), ink, self._line, _SHIFT)


def render(
    scene: Scene, poses: NDArray[np.floating] | None = None, size: int = 64, ids: bool = False
) -> NDArray[np.uint8]:
    """One image of a scene, at its initial poses unless others (body, 3) are given."""
    return Painter(scene, size, ids).frame(scene.poses if poses is None else poses)


def _seen(body: Body) -> bool:
    """Whether any of a static body lies inside the scene, which the walls do not."""
    left, bottom, right, top = body.box
    return left < SIDE and bottom < SIDE and right > 0 and top > 0


def _outlines(body: Body, inset: float) -> list[tuple[float, NDArray[np.float64] | None]]:
    """Radius or vertices of each shape, drawn smaller by `inset` pixels of the scene to come out right."""
    return [
        (shape.radius - inset, None) if isinstance(shape, Circle) else (0.0, _shrink(np.asarray(shape.vertices), inset))
        for shape in body.shapes
    ]


def _shrink(vertices: NDArray[np.float64], inset: float) -> NDArray[np.float64]:
    """A convex, counter-clockwise polygon with all its edges moved inwards."""
    edges = np.roll(vertices, -1, axis=0) - vertices
    inward = np.stack([-edges[:, 1], edges[:, 0]], axis=1) / np.linalg.norm(edges, axis=1, keepdims=True)
    before = np.roll(inward, 1, axis=0)
    shrunk: NDArray[np.float64] = vertices + inset * (inward + before) / (1 + (inward * before).sum(1, keepdims=True))
    return shrunk
