"""How things look: light and reflections painted on textures, soft shadows as meshes on the ground.

pybullet's software renderer has one light, one gloss for everything and hard, noisy shadows. What it lacks
is prepared once per video: every object carries a picture of how each surface direction is lit by the three
lamps (a metal also mirrors its surroundings), and the key and the back lamp give every object a soft dark
patch on the ground.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from worldmodels_envs.cater.camera import Floats, axes
from worldmodels_envs.cater.catalogue import COLOURS, Thing
from worldmodels_envs.cater.meshes import Mesh

TILE = 96
AMBIENT, DIFFUSE = 0.62, 0.38
LAMP_COLOURS = np.array([(1.0, 0.97, 0.92), (1.0, 0.98, 0.96), (0.86, 0.92, 1.0)])
LAMP_POWER = np.array([0.35, 0.42, 0.22])
SHADOW_STRENGTH = np.array([0.42, 0.26])  # of the key and the back light; the fill light's is too weak to see
SOFTNESS = 0.16
LIFT = 0.02
GROUND, GROUND_EDGE = 0.66, 0.40
GOAL_COLOUR, GOAL_HEIGHT = (120, 200, 120), 0.0005
GROUND_REACH, GROUND_TEXELS = 75.0, 512


class Patch(NamedTuple):
    """A mesh on the ground whose vertices have a grey value (n,) in [0, 1]."""

    mesh: Mesh
    greys: Floats


def texture_coordinates(normals: Floats, eye: Floats) -> Floats:
    """Map directions (n, 3) to a tile (n, 2) in [0, 1], equal in area, the camera in the middle."""
    seen = normals @ axes(eye).T
    return seen[:, :2] * np.sqrt(2 / np.maximum(1 + seen[:, 2:], 1e-6)) / 4.08 + 0.5


def paint(things: tuple[Thing, ...], lamps: Floats, eye: Floats) -> npt.NDArray[np.uint8]:
    """Return the objects' tiles side by side (TILE, n * TILE, 3)."""
    normals = _tile_directions(eye)
    matt, (mirror, glint) = _lamplight(normals, lamps), _reflections(normals, lamps, eye)
    tiles = []
    for thing in things:
        colour = (np.array(COLOURS[thing.colour]) / 255) ** 0.9
        if thing.material == "metal":
            tile = colour * (0.45 * matt + mirror) + glint
        else:
            tile = colour * matt + 0.12 * glint
        tiles.append(_softened(tile) if thing.shape in ("cube", "cylinder") else tile)
    return _bytes(np.concatenate(tiles, axis=1))


def ramp() -> npt.NDArray[np.uint8]:
    """Return the picture that grey values are looked up in (4, 256, 3)."""
    return np.broadcast_to(np.arange(256, dtype=np.uint8)[None, :, None], (4, 256, 3))


def ground() -> tuple[Mesh, npt.NDArray[np.uint8]]:
    """Return the ground, a square, and its picture: bright around the arena, darker far away."""
    corners = np.array([(-1.0, -1.0, 0.0), (1.0, -1.0, 0.0), (1.0, 1.0, 0.0), (-1.0, 1.0, 0.0)])
    up = np.tile([0.0, 0.0, 1.0], (4, 1))
    line = (np.arange(GROUND_TEXELS) + 0.5) / GROUND_TEXELS * 2 - 1
    distance = GROUND_REACH * np.hypot(line[:, None], line)
    grey = GROUND + (GROUND_EDGE - GROUND) * np.clip((distance - 7) / 18, 0, 1)
    picture = _bytes(np.repeat(grey[..., None], 3, axis=-1))
    return Mesh(GROUND_REACH * corners, up, np.array([(0, 1, 2), (0, 2, 3)])), picture


def goal(middle: Floats) -> tuple[Mesh, npt.NDArray[np.uint8]]:
    """Return the mark of a cell, a square just above the ground, and its picture."""
    corners = np.array([(-0.5, -0.5, 0.0), (0.5, -0.5, 0.0), (0.5, 0.5, 0.0), (-0.5, 0.5, 0.0)])
    up = np.tile([0.0, 0.0, 1.0], (4, 1))
    mesh = Mesh(corners + np.append(middle, GOAL_HEIGHT), up, np.array([(0, 1, 2), (0, 2, 3)]))
    return mesh, np.full((4, 4, 3), GOAL_COLOUR, dtype=np.uint8)


def shadow(mesh: Mesh, rest_height: float, lamp: Floats, strength: float, detail: int) -> Patch:
    """Return the patch that an object darkens, around the foot of its centre.

    The darker, the higher it lies (by at most 2 cm), so that where two overlap the darker one is seen.
    """
    points = mesh.vertices + np.array([0.0, 0.0, rest_height])
    flat = points[:, :2] - points[:, 2:] * lamp[:2] / lamp[2]
    outline = _even(_hull(flat), detail)
    middle = outline.mean(0)
    size = np.linalg.norm(outline - middle, axis=-1, keepdims=True)
    shares, offsets = np.array([0.02, 0.5, 0.95]), np.array([1.0, 0.0, -1.0])
    loops = [middle + (outline - middle) * np.maximum(1 + offset * SOFTNESS / size, 0.15) for offset in offsets]
    dark = strength * shares
    heights = LIFT * dark / SHADOW_STRENGTH[0] + 0.001
    return _rings(loops, list(GROUND * (1 - dark)), list(heights), float(GROUND * (1 - strength)))


def shadow_shift(rise: Floats, lamps: Floats) -> Floats:
    """Return how far the shadows (..., 2 lamps, 2) of lifted objects (...,) move on the ground."""
    slopes = lamps[: len(SHADOW_STRENGTH), :2] / lamps[: len(SHADOW_STRENGTH), 2:]
    return -rise[..., None, None] * slopes


def _softened(tile: Floats) -> Floats:
    """Halve a tile's contrast: its light turns along with the faces of what rotates."""
    front = tile[TILE // 4 : -TILE // 4, TILE // 4 : -TILE // 4].mean((0, 1))
    return np.asarray(0.5 * tile + 0.5 * front)


def _tile_directions(eye: Floats) -> Floats:
    """Return the directions (TILE, TILE, 3) whose texture coordinates are the tile's pixels."""
    line = ((np.arange(TILE) + 0.5) / TILE - 0.5) * 4.08
    y, x = np.meshgrid(line, line, indexing="ij")
    squared = np.minimum(x * x + y * y, 3.999)
    scale = np.sqrt(1 - squared / 4)
    seen = np.stack([x * scale, y * scale, 1 - squared / 2], axis=-1)
    seen /= np.linalg.norm(seen, axis=-1, keepdims=True)
    return seen @ axes(eye)


def _lamplight(normals: Floats, lamps: Floats) -> Floats:
    """Return the light (TILE, TILE, 3) on matt surfaces, beside the renderer's own key light."""
    facing = np.clip(normals @ _unit(lamps).T, 0, None)
    sky = 0.62 + 0.22 * normals[..., 2:]
    return np.asarray(sky + facing @ (LAMP_POWER[:, None] * LAMP_COLOURS))


def _reflections(normals: Floats, lamps: Floats, eye: Floats) -> tuple[Floats, Floats]:
    """Return what a mirror shows of ground and sky, and of the lamps, each (TILE, TILE, 3 or 1)."""
    back = eye / np.linalg.norm(eye)
    ray = 2 * (normals @ back)[..., None] * normals - back
    up = ray[..., 2:]
    mirror = np.where(up < 0, 0.75 + 0.25 * up, 0.28 + 0.65 * np.exp(-6 * np.clip(up, 0, None)))
    towards = np.clip(ray @ _unit(lamps).T, 0, None)
    glint = (towards**40) @ np.array([0.9, 0.8, 0.45]) + 0.25 * (towards**8) @ np.array([0.6, 0.6, 0.3])
    return mirror, glint[..., None]


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def _bytes(picture: Floats) -> npt.NDArray[np.uint8]:
    return (picture.clip(0, 1) * 255 + 0.5).astype(np.uint8)


def _rings(loops: list[Floats], greys: list[float], heights: list[float], core: float) -> Patch:
    """Join loops (k, 2) of equal length, from the outermost inwards, and close the innermost with a fan."""
    k = len(loops[0])
    inner = loops[-1].mean(0)
    flat = np.concatenate([*loops, inner[None]])
    vertices = np.column_stack([flat, np.append(np.repeat(heights, k), heights[-1])])
    shades = np.append(np.repeat(greys, k), core)
    here = np.arange(k)
    there = (here + 1) % k
    triangles = [np.stack([(len(loops) - 1) * k + here, (len(loops) - 1) * k + there, np.full(k, len(loops) * k)], -1)]
    for ring in range(len(loops) - 1):
        out, inn = ring * k, (ring + 1) * k
        triangles.append(np.stack([out + here, out + there, inn + there], axis=-1))
        triangles.append(np.stack([out + here, inn + there, inn + here], axis=-1))
    up = np.tile([0.0, 0.0, 1.0], (len(vertices), 1))
    return Patch(Mesh(vertices, up, np.concatenate(triangles)), shades)


def _hull(points: Floats) -> Floats:
    """Return the convex hull (k, 2) of points, counter-clockwise (Andrew's monotone chain)."""
    ordered = sorted({(float(x), float(y)) for x, y in points})
    lower, upper = _chain(ordered), _chain(ordered[::-1])
    return np.array(lower[:-1] + upper[:-1])


def _chain(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    chain: list[tuple[float, float]] = []
    for x, y in points:
        while len(chain) > 1:
            (ax, ay), (bx, by) = chain[-2:]
            if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                break
            chain.pop()
        chain.append((x, y))
    return chain


def _even(outline: Floats, count: int) -> Floats:
    """Return `count` points at even distances along a closed outline."""
    closed = np.vstack([outline, outline[:1]])
    along = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=-1)))
    stops = np.linspace(0, along[-1], count, endpoint=False)
    return np.stack([np.interp(stops, along, closed[:, axis]) for axis in range(2)], axis=-1)
