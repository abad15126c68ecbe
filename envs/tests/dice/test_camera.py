import numpy as np
import pytest

from worldmodels_envs.dice.camera import TARGET, place_cameras, poses, rays

PLACES = place_cameras(np.array([0.0, np.pi / 2, 2.0]), np.deg2rad([0.0, 30.0, 20.0]), 4.0)


def test_cameras_are_around_the_target():
    assert PLACES[0] == pytest.approx([4, 0, 0.5])
    assert PLACES[1] == pytest.approx([0, 4 * np.cos(np.pi / 6), 2.5])
    assert np.linalg.norm(PLACES - TARGET, axis=-1) == pytest.approx(4)


def test_poses_say_where_cameras_are_and_where_they_look():
    assert poses(PLACES)[0] == pytest.approx([4, 0, 0.5, 0, -1, 0, 1], abs=1e-12)
    assert poses(PLACES)[1, 3:] == pytest.approx([-1, 0, -0.5, np.cos(np.pi / 6)], abs=1e-12)


def test_the_middle_ray_meets_the_target_and_rays_go_right_and_down():
    directions = rays(PLACES, 33)
    ahead = TARGET - PLACES
    assert np.cross(directions[:, 16, 16], ahead) == pytest.approx(0, abs=1e-12)
    assert (directions[:, 0, 16, 2] > directions[:, 32, 16, 2]).all()
    # From +x, +y lies to the right.
    assert directions[0, 16, 32, 1] > 0 > directions[0, 16, 0, 1]
