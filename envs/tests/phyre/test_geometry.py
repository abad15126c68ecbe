import math

import numpy as np
import pytest

from worldmodels_envs.phyre.geometry import distance_to_body, least_gap, overlap
from worldmodels_envs.phyre.scene import Body, Circle, Polygon, rectangle

SQUARE = Body((rectangle(10, 10),), (0.0, 0.0))


@pytest.mark.parametrize(
    ("point", "distance"),
    [((0, 0), 0.0), ((4.9, -4.9), 0.0), ((8, 0), 3.0), ((8, 9), 5.0), ((-5, 20), 15.0)],
)
def test_distance_to_a_square(point, distance):
    assert distance_to_body(np.array([point], dtype=float), SQUARE)[0] == pytest.approx(distance)


def test_distance_follows_the_pose_and_the_nearest_shape():
    body = Body((rectangle(20, 2), Circle(3.0)), (50.0, 50.0), math.pi / 2)
    points = np.array([[50.0, 65.0], [55.0, 50.0]])
    assert distance_to_body(points, body) == pytest.approx([5.0, 2.0])


@pytest.mark.parametrize(("gap", "expected"), [(-0.5, True), (0.0, False), (0.5, False)])
@pytest.mark.parametrize("other", [rectangle(6, 6), Circle(3.0)])
def test_overlap_needs_more_than_touching(gap, expected, other):
    neighbour = Body((other,), (8.0 + gap, 0.0))
    assert overlap(SQUARE, neighbour) is expected
    assert overlap(neighbour, SQUARE) is expected


def test_polygons_separated_by_a_slanted_axis_do_not_overlap():
    triangle = Body((Polygon(((0, 0), (10, 0), (0, 10))),), (0.0, 0.0))
    corner = Body((rectangle(4, 4),), (8.5, 8.5))
    assert not overlap(triangle, corner)
    assert overlap(triangle, Body(corner.shapes, (5.0, 5.0)))


def test_least_gap_follows_both_bodies_over_time():
    bar = Body((rectangle(20, 2),), (0.0, 0.0))
    poses = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, math.pi / 2]])
    ball = Body((Circle(3.0),), (0.0, 0.0))
    assert least_gap(bar, ball, poses, np.array([[0.0, 30.0, 0.0]] * 2)) == pytest.approx(17.0)
    assert least_gap(ball, bar, np.array([[30.0, 0.0, 0.0]] * 2), poses) == pytest.approx(17.0)
    assert least_gap(ball, SQUARE, np.array([[8.5, 1.0, 2.0]]), np.zeros((1, 3))) == pytest.approx(0.5)
    assert least_gap(bar, SQUARE, np.array([[0.0, 8.0, 0.0]]), np.zeros((1, 3))) == pytest.approx(2.0)
    assert least_gap(ball, SQUARE, np.zeros((1, 3)), np.zeros((1, 3))) == 0.0
