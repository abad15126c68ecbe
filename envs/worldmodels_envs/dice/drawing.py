"""Draws a cube with a picture on each face in a room, by following the ray of each pixel."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from worldmodels_envs.dice.camera import Floats, rays

# A pixel is the mean of so many rays each way: faces are a dozen pixels wide, and strokes less than one.
_RAYS = 2
_WALL = 7.0
_AMBIENT, _DIFFUSE, _SHADE = 0.55, 0.45, 0.6
# For a face's outward normal, the directions in which its picture goes to the right and down.
_NORMALS = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], dtype=float)
_RIGHT = np.array([[0, 1, 0], [0, -1, 0], [-1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0]], dtype=float)
_DOWN = np.array([[0, 0, -1], [0, 0, -1], [0, 0, -1], [0, 0, -1], [1, 0, 0], [-1, 0, 0]], dtype=float)


class Room(NamedTuple):
    """What scenes are made of, each (scenes, ...).

    Attributes:
        turns: (scenes,), of the cube around the vertical, rad.
        places: (scenes, 2), of its middle on the floor, in edges.
        faces: (scenes, 6), which picture is on each face, in the order of `FACES`.
        light: (scenes, 3), unit vectors towards the light.
        cube: (scenes, 3), its colour, 0 to 1; the pictures' strokes are dark.
        walls: (scenes, 3), their colour.
        floor: (scenes, 3), its colour.
    """

    turns: Floats
    places: Floats
    faces: npt.NDArray[np.intp]
    light: Floats
    cube: Floats
    walls: Floats
    floor: Floats

    def take(self, rows: npt.NDArray[np.intp]) -> Room:
        """Some of the scenes."""
        return Room(*(part[rows] for part in self))  # type: ignore[arg-type]


def draw_scenes(
    room: Room, cameras: Floats, pictures: Floats, size: int, shadow: bool
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """Draw scenes as cameras see them.

    Args:
        room: The scenes.
        cameras: (scenes, 3), where they are.
        pictures: (picture, side, side), how dark the strokes are, 0 to 1.
        size: Height and width of a frame, px.
        shadow: Whether the cube casts one.

    Returns:
        Frames uint8 (scenes, size, size, 3), and the share of the frame that each face has (scenes, 6).
    """
    count, side = len(cameras), _RAYS * size
    # Components come first, (3, scenes, rays): NumPy is ten times slower along a last axis of three.
    directions = np.ascontiguousarray(np.moveaxis(rays(cameras, side).reshape(count, -1, 3), -1, 0))
    starts = cameras.T[:, :, None]
    colours = _draw_room(room, starts, directions, shadow)
    near, face, spots = _hit(room, starts, directions)
    scenes, pixels = np.nonzero(np.isfinite(near))
    seen, spot = face[scenes, pixels], spots[:, scenes, pixels]
    pitch = pictures.shape[1]
    across = np.clip((0.5 + (spot * _RIGHT[seen].T).sum(0)) * pitch, 0, pitch - 1).astype(np.intp)
    down = np.clip((0.5 + (spot * _DOWN[seen].T).sum(0)) * pitch, 0, pitch - 1).astype(np.intp)
    strokes = pictures[room.faces[scenes, seen], down, across]
    normals = _turned(_NORMALS.T[:, None], room.turns[:, None])
    bright = _AMBIENT + _DIFFUSE * np.maximum((normals * room.light.T[:, :, None]).sum(0), 0)
    colours[scenes, pixels] = room.cube[scenes] * (bright[scenes, seen] * (1 - 0.9 * strokes))[:, None]
    shares = np.bincount(6 * scenes + seen, minlength=6 * count).reshape(count, 6) / side**2
    blocks = colours.reshape(count, size, _RAYS, size, _RAYS, 3).mean((2, 4))
    return np.rint(255 * np.clip(blocks, 0, 1)).astype(np.uint8), shares.astype(np.float32)


def _draw_room(room: Room, starts: Floats, directions: Floats, shadow: bool) -> Floats:
    """Return the colours (scenes, ray, 3) of the floor and of a round wall, where rays (3, scenes, ray) leave."""
    x, y, z = directions
    with np.errstate(divide="ignore"):
        fall = np.where(z < 0, -starts[2] / z, np.inf)
    a, b = x * x + y * y, starts[0] * x + starts[1] * y
    c = starts[0] ** 2 + starts[1] ** 2 - _WALL**2
    grounded = fall < (-b + np.sqrt(b * b - a * c)) / a
    shade = np.ones(grounded.shape)
    if shadow:
        spots = starts + np.where(grounded, fall, 0) * directions
        dark = np.isfinite(_hit(room, spots, room.light.T[:, :, None])[0]) & grounded
        shade[dark] = _SHADE
    return np.where(grounded[..., None], room.floor[:, None], room.walls[:, None]) * shade[..., None]


def _hit(room: Room, starts: Floats, directions: Floats) -> tuple[Floats, npt.NDArray[np.intp], Floats]:
    """Follow rays (3, scenes, ray) to the cube.

    Returns:
        How far they go (scenes, ray), infinite past it; which face they meet; where (3, scenes, ray), in its axes.
    """
    middle = np.stack([*room.places.T, np.full(len(room.places), 0.5)])[:, :, None]
    start, way = (_turned(vectors, -room.turns[:, None]) for vectors in (starts - middle, directions))
    way = np.where(np.abs(way) < 1e-12, 1e-12, way)
    inverse, half = 1 / way, 0.5 * np.sign(way)
    enter, leave = (-half - start) * inverse, (half - start) * inverse
    near = enter.max(0)
    met = (near < leave.min(0)) & (near > 0)
    axis = enter.argmax(0)
    backwards = np.take_along_axis(way, np.broadcast_to(axis, (1, *axis.shape)), 0)[0] > 0
    spots = start + np.where(met, near, 0) * way
    return np.where(met, near, np.inf), 2 * axis + backwards, spots


def _turned(vectors: Floats, turns: Floats) -> Floats:
    """Turn vectors (3, ...) around the vertical by angles (...), rad."""
    sine, cosine = np.sin(turns), np.cos(turns)
    x, y, z = vectors
    return np.stack([cosine * x - sine * y, sine * x + cosine * y, np.broadcast_to(z, np.broadcast(x, turns).shape)])
