"""Meshes of CATER's shapes, built in code at unit radius around the objects' centres."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from worldmodels_envs.cater.camera import Floats
from worldmodels_envs.cater.catalogue import LIFTS, Thing

BEVEL = 0.12
CYLINDER_TOP = 0.3
CONE_BULGE = 0.16
KNOT_TUBE, KNOT_WINDS, KNOT_TURNS = 0.24, 3, 2


class Mesh(NamedTuple):
    """Triangles, counter-clockwise seen from outside.

    Fields: vertices (n, 3); normals (n, 3), unit length; triangles (m, 3), vertex numbers.
    """

    vertices: Floats
    normals: Floats
    triangles: npt.NDArray[np.intp]


def thing_mesh(thing: Thing, detail: int) -> Mesh:
    """Return an object's mesh at its size and in its yaw, around its centre.

    Args:
        thing: The object.
        detail: Segments around a round mesh.
    """
    unit = _unit_mesh(thing.shape, detail)
    sizes = np.full(3, thing.radius)
    vertices = unit.vertices * sizes
    if thing.shape == "cone":  # the asset's origin lies higher than its radius, yet its base is on the ground
        vertices[:, 2] = unit.vertices[:, 2] * (thing.radius + LIFTS["cone"] / 2) - LIFTS["cone"] / 2
    spin = yaw_matrix(thing.rotation)
    return Mesh(vertices @ spin.T, unit.normals @ spin.T, unit.triangles)


def yaw_matrix(angle: float) -> Floats:
    """Return the rotation (3, 3) about the vertical axis, radians."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def wavefront(mesh: Mesh, places: Floats) -> str:
    """Return a mesh with texture coordinates (n, 2) as the text of an OBJ file."""
    n, m = len(mesh.vertices), len(mesh.triangles)
    corners = np.repeat(mesh.triangles.ravel() + 1, 3)
    return (
        "v %.5f %.5f %.5f\n" * n % tuple(mesh.vertices.ravel().tolist())
        + "vt %.5f %.5f\n" * n % tuple(places.ravel().tolist())
        + "vn %.4f %.4f %.4f\n" * n % tuple(mesh.normals.ravel().tolist())
        + "f %d/%d/%d %d/%d/%d %d/%d/%d\n" * m % tuple(corners.tolist())
    )


@functools.cache
def _unit_mesh(shape: str, detail: int) -> Mesh:
    builders = {"cube": _cube, "sphere": _sphere, "cylinder": _cylinder, "cone": _cone, "spl": _knot}
    return builders[shape](detail)


def _sphere(detail: int) -> Mesh:
    angles = np.linspace(np.pi, 0, detail // 2 + 2)
    profile = np.stack([np.sin(angles), np.cos(angles)], axis=-1)
    return _lathe(profile, profile, detail)


def _cylinder(detail: int) -> Mesh:
    """Round off the rims; the bottom is at -1, so that a short cylinder stands on the ground."""
    b, top = BEVEL, CYLINDER_TOP
    profile = np.array([(0, -1), (1 - b, -1), (1, b - 1), (1, top - b), (1 - b, top), (0, top)])
    normals = np.array([(0, -1), (0.1, -1), (1, -0.1), (1, 0.1), (0.1, 1), (0, 1)])
    return _lathe(profile, normals, detail)


def _cone(detail: int) -> Mesh:
    """Bulge a little, as a medium sphere has to fit under a large cone; the tip is round."""
    up = np.array([0.0, 0.0, 0.06, 0.25, 0.5, 0.75, 0.95, 1.0])
    out = 1 - up + CONE_BULGE * up * (1 - up)
    out[[0, 1, -1]] = 0.0, 0.97, 0.0
    profile = np.stack([out, 2 * up - 1], axis=-1)
    slope = np.full((len(up), 2), (1.0, 0.5))
    slope[[0, 1, -1]] = (0, -1), (1.0, -0.6), (0, 1)
    return _lathe(profile, slope, detail)


def _lathe(profile: Floats, slopes: Floats, detail: int) -> Mesh:
    """Turn a profile (rings, 2) of (radius, height), bottom to top, about the vertical axis."""
    angles = np.linspace(0, 2 * np.pi, detail, endpoint=False)
    around = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    slopes = slopes / np.linalg.norm(slopes, axis=-1, keepdims=True)
    vertices, normals = (
        np.concatenate(
            [row[:, None, :1] * around, np.broadcast_to(row[:, None, 1:], (len(row), detail, 1))], axis=-1
        ).reshape(-1, 3)
        for row in (profile, slopes)
    )
    return Mesh(vertices, normals, _drop_flat(vertices, _grid(len(profile), detail, closed=False)))


def _cube(detail: int) -> Mesh:
    """Bevel the edges: every face is a smaller square, joined to its neighbours by the shared normals."""
    del detail
    steps = np.array([-1.0, BEVEL - 1, 1 - BEVEL, 1.0])
    v, u = (axis.ravel() for axis in np.meshgrid(steps, steps, indexing="ij"))
    face = np.stack([u, v, np.ones_like(u)], axis=-1)
    turns = [_axes_order(axis, sign) for axis in range(3) for sign in (1, -1)]
    points = np.concatenate([face @ turn.T for turn in turns])
    core = points.clip(BEVEL - 1, 1 - BEVEL)
    out = points - core
    normals = out / np.linalg.norm(out, axis=-1, keepdims=True)
    triangles = np.concatenate([_grid(4, 4, closed=False, wrap=False) + 16 * side for side in range(6)])
    return Mesh(core + BEVEL * normals, normals, triangles)


def _axes_order(axis: int, sign: int) -> Floats:
    """Return the proper rotation that takes +z to an axis' positive or negative direction."""
    turn = np.zeros((3, 3))
    turn[axis, 2] = sign
    turn[(axis + 1) % 3, 0] = 1
    turn[(axis + 2) % 3, 1] = sign
    return turn


def _knot(detail: int) -> Mesh:
    """Build the snitch: a tube along a torus knot that fills a ball of radius 1."""
    along, around = 4 * detail, max(5, detail // 3)
    t = np.linspace(0, 2 * np.pi, along, endpoint=False)
    wave = 1 + 0.55 * np.cos(KNOT_WINDS * t)
    flat = [wave * np.cos(KNOT_TURNS * t), wave * np.sin(KNOT_TURNS * t)]
    line = np.stack([flat[0], -1.1 * np.sin(KNOT_WINDS * t), flat[1]], axis=-1)  # stands on its rim
    line *= (1 - KNOT_TUBE) / np.linalg.norm(line, axis=-1).max()
    ahead = np.roll(line, -1, 0) - np.roll(line, 1, 0)
    ahead /= np.linalg.norm(ahead, axis=-1, keepdims=True)
    side = np.cross(ahead, line)
    side /= np.linalg.norm(side, axis=-1, keepdims=True)
    over = np.cross(side, ahead)
    p = np.linspace(0, 2 * np.pi, around, endpoint=False)[:, None]
    normals = (np.cos(p) * over[:, None] + np.sin(p) * side[:, None]).reshape(-1, 3)
    vertices = np.repeat(line, around, axis=0) + KNOT_TUBE * normals
    return Mesh(vertices, normals, _grid(along, around, closed=True))


def _grid(rows: int, columns: int, *, closed: bool, wrap: bool = True) -> npt.NDArray[np.intp]:
    """Return the triangles of rows of vertices; wrap joins the columns' ends, closed the rows' ends."""
    grid = np.meshgrid(np.arange(rows - (not closed)), np.arange(columns - (not wrap)), indexing="ij")
    r, c = (axis.ravel() for axis in grid)
    below, above = r * columns, (r + 1) % rows * columns
    right = (c + 1) % columns
    first = np.stack([below + c, below + right, above + right], axis=-1)
    second = np.stack([below + c, above + right, above + c], axis=-1)
    return np.concatenate([first, second])


def _drop_flat(vertices: Floats, triangles: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    a, b, c = (vertices[triangles[:, corner]] for corner in range(3))
    return np.asarray(triangles[np.linalg.norm(np.cross(b - a, c - a), axis=-1) > 1e-9])
