import numpy as np
import pytest

from worldmodels_envs.dice.camera import place_cameras
from worldmodels_envs.dice.drawing import Room, draw_scenes

# Dark above and to the left: tells up from down and left from right.
MARK = np.array([[[1.0, 1.0], [1.0, 0.0]]])
AROUND = np.deg2rad([0.0, 180.0, 90.0, -90.0])


def rooms(turns):
    count = len(turns)
    fixed = np.ones((count, 1))
    light = fixed * np.array([0.6, 0.0, 0.8])
    white, blue, grey = (fixed * np.array(colour) for colour in ((1.0,) * 3, (0.0, 0.0, 1.0), (0.5,) * 3))
    return Room(turns, np.zeros((count, 2)), np.zeros((count, 6), int), light, white, blue, grey)


def draw(turns, azimuths, elevation=0.1, shadow=False):
    cameras = place_cameras(azimuths, np.full(len(azimuths), elevation), 4.0)
    return draw_scenes(rooms(turns), cameras, MARK, 64, shadow)


def test_each_side_shows_its_own_face_upright():
    frames, shares = draw(np.zeros(4), AROUND, 1e-3)
    assert shares.argmax(1).tolist() == [0, 1, 2, 3]
    assert (np.sort(shares, 1)[:, :4] < 2e-3).all()
    grey = frames.astype(int).sum(-1)
    dark = np.stack([grey[:, 24, 24], grey[:, 24, 40], grey[:, 40, 24]])
    assert (dark < grey[:, 40, 40] / 5).all()


def test_turning_the_cube_is_turning_the_camera_back():
    frames, _ = draw(np.deg2rad([0.0, 25.0]), np.deg2rad([10.0, 35.0]))
    cube = (np.ptp(frames, axis=-1) < 3).all(0) & (frames[0, ..., 2] != 128)
    assert cube.sum() > 500
    turned = draw(np.deg2rad([90.0]), np.deg2rad([90.0]))[1]
    assert turned == pytest.approx(draw(np.zeros(1), np.zeros(1))[1], abs=1e-6)


def test_faces_towards_the_light_are_brighter_and_a_shadow_falls_behind():
    lit, dark = draw(np.zeros(2), np.deg2rad([0.0, 180.0]))[0].astype(int)
    assert lit[40, 40].sum() > 1.3 * dark[40, 40].sum()
    without, cast = (draw(np.zeros(1), np.deg2rad([90.0]), 0.6, shadow)[0][0].astype(int) for shadow in (False, True))
    darker = cast.sum(-1) < without.sum(-1)
    # The light comes from +x, which is to the left of a camera at +y.
    assert darker[:, 40:].sum() > 50 and not darker[:, :20].any()
