"""Overlaps and gaps between discs and convex polygons, over many discs or times at once."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from worldmodels_envs.phyre.scene import Body, Circle

Points = NDArray[np.float64]


def distance_to_polygon(points: Points, vertices: Points) -> NDArray[np.float64]:
    """Distance of points (point, 2) to a convex polygon (vertex, 2): 0 inside, shape (point,)."""
    start, edge = vertices, np.roll(vertices, -1, axis=0) - vertices
    offset = points[:, None] - start
    along = np.clip((offset * edge).sum(-1) / (edge**2).sum(-1), 0, 1)
    distance = np.linalg.norm(offset - along[..., None] * edge, axis=-1).min(axis=1)
    side = edge[:, 0] * offset[..., 1] - edge[:, 1] * offset[..., 0]
    inside = (side >= 0).all(axis=1) | (side <= 0).all(axis=1)
    apart: NDArray[np.float64] = np.where(inside, 0.0, distance)
    return apart


def distance_to_body(points: Points, body: Body) -> NDArray[np.float64]:
    """Distance of points (point, 2) to a body at its initial pose, shape (point,); 0 inside."""
    distances = [distance_to_polygon(points, polygon) for polygon in body.polygons]
    for shape in body.shapes:
        if isinstance(shape, Circle):
            gap = np.linalg.norm(points - np.asarray(body.position), axis=1) - shape.radius
            distances.append(np.maximum(gap, 0.0))
    nearest: NDArray[np.float64] = np.min(distances, axis=0)
    return nearest


def overlap(first: Body, second: Body, margin: float = 1e-3) -> bool:
    """Whether two bodies at their initial poses cover each other by more than `margin` pixels."""
    if first.is_ball or second.is_ball:
        ball, other = (first, second) if first.is_ball else (second, first)
        reach = _radius(ball) - margin
        return bool(distance_to_body(np.array([ball.position]), other)[0] < reach)
    return any(_polygons_overlap(a, b, margin) for a, b in product(first.polygons, second.polygons))


def least_gap(first: Body, second: Body, first_poses: Points, second_poses: Points) -> float:
    """Smallest distance in pixels between two bodies that move, from the corners of each to the other's outline.

    Args:
        first: a body.
        second: another.
        first_poses: x, y and angle of the first at some times, (time, 3).
        second_poses: those of the second.
    """
    there = _corner_gap(first, second, first_poses, second_poses)
    return max(0.0, min(there, _corner_gap(second, first, second_poses, first_poses)))


def _corner_gap(first: Body, second: Body, first_poses: Points, second_poses: Points) -> float:
    """Smallest distance of the first's corners, or of its circle, to the second."""
    corners = [np.zeros((1, 2)) if isinstance(s, Circle) else np.array(s.vertices) for s in first.shapes]
    points = np.concatenate(corners) @ _turns(first_poses[:, 2]) + first_poses[:, None, :2]
    seen = ((points - second_poses[:, None, :2]) @ _turns(-second_poses[:, 2])).reshape(-1, 2)
    gaps = [
        np.linalg.norm(seen, axis=1) - shape.radius
        if isinstance(shape, Circle)
        else distance_to_polygon(seen, np.array(shape.vertices))
        for shape in second.shapes
    ]
    return float(np.min(gaps)) - (_radius(first) if first.is_ball else 0.0)


def _turns(angles: Points) -> NDArray[np.float64]:
    """Matrices (angle, 2, 2) that turn row vectors by angles."""
    c, s = np.cos(angles), np.sin(angles)
    return np.stack([np.stack([c, s], -1), np.stack([-s, c], -1)], -2)


def _radius(ball: Body) -> float:
    shape = ball.shapes[0]
    if not isinstance(shape, Circle):
        raise TypeError("a ball's one shape is a circle")
    return shape.radius


def _polygons_overlap(first: Points, second: Points, margin: float) -> bool:
    """Separating-axis test over the edge normals of both polygons."""
    edges = np.concatenate([np.roll(p, -1, axis=0) - p for p in (first, second)])
    normals = np.stack([edges[:, 1], -edges[:, 0]], axis=1)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    a, b = first @ normals.T, second @ normals.T
    depth = np.minimum(a.max(0), b.max(0)) - np.maximum(a.min(0), b.min(0))
    return bool((depth > margin).all())
