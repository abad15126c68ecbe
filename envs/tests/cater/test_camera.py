import numpy as np
import pytest

from worldmodels_envs.cater.camera import (
    HOME,
    ball_area,
    camera_path,
    ground_directions,
    project,
    projection_matrix,
    unproject,
    view_matrix,
)
from worldmodels_envs.cater.config import CaterConfig


def test_the_origin_is_in_the_middle():
    eye = np.array(HOME)
    x, y, depth = project(np.zeros((1, 3)), eye, 240, 320)[0]
    assert (round(x, 6), round(y, 6)) == (160, 120)
    assert depth == pytest.approx(np.linalg.norm(eye))


def test_the_field_of_view_is_that_of_a_35_mm_lens():
    eye = np.array([0.0, -10.0, 1e-9])
    edge = np.array([[10 * np.tan(np.radians(49.13 / 2)), 0, 0], [0, 0, 10 * np.tan(np.radians(37.85 / 2))]])
    pixels = project(edge, eye, 240, 320)
    assert pixels[0, 0] == pytest.approx(320, abs=0.05) and pixels[1, 1] == pytest.approx(0, abs=0.05)


def test_matrices_agree_with_project():
    eye, point = np.array([7.0, -6.0, 5.0]), np.array([1.0, 2.0, 0.5])
    view, clip = (np.array(m).reshape(4, 4).T for m in (view_matrix(eye), projection_matrix()))
    x, y, _, w = clip @ view @ np.append(point, 1)
    expected = project(point[None], eye, 100, 200)[0]
    np.testing.assert_allclose([100 * (1 + x / w), 50 * (1 - y / w), w], expected)


def test_unproject_undoes_project():
    rng = np.random.default_rng(0)
    points, eye = rng.uniform(-3, 3, (20, 3)), np.array(HOME)
    pixels = project(points, eye, 64, 64)
    np.testing.assert_allclose(unproject(pixels[:, :2], points[:, 2], eye, 64, 64), points[:, :2], atol=1e-9)


def test_still_camera_is_jittered_once():
    eyes = camera_path(np.random.default_rng(0), CaterConfig())
    assert (eyes == eyes[0]).all() and 0 < np.abs(eyes[0] - HOME).max() <= 0.5


@pytest.mark.parametrize("frames", [1, 30, 31, 90, 301])
def test_moving_camera(frames):
    for seed in range(20):
        eyes = camera_path(np.random.default_rng(seed), CaterConfig(frames=frames, moving_camera=True))
        assert eyes.shape == (frames, 3) and np.isfinite(eyes).all()
        for stop in eyes[30:-1:30]:
            assert stop[2] in (8, 10, 12) and (np.abs(stop[:2]) == 10).any()
        assert np.hypot(eyes[:, 0], eyes[:, 1]).min() > 4


def test_directions_lie_on_the_ground():
    directions = ground_directions(np.array(HOME))
    assert directions["behind"] @ np.array(HOME) < 0
    assert all(v[2] == 0 for name, v in directions.items() if name not in ("above", "below"))
    np.testing.assert_allclose(np.cross(directions["behind"], directions["left"]), directions["above"], atol=1e-12)


def test_ball_area_falls_with_the_square_of_the_distance():
    near, far = ball_area(0.3, np.array([5.0, 10.0]), 64, 64)
    assert near == pytest.approx(4 * far)
