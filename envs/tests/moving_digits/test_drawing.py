import numpy as np

from worldmodels_envs.moving_digits.drawing import draw_frames


def test_digits_lie_at_rounded_corners_and_add_up_to_white():
    pictures = np.array([np.full((2, 2), 100), np.full((2, 2), 200)], dtype=np.uint8)
    corners = np.array([[[0.4, 2.6], [1.4, 3.0]], [[4.0, 0.0], [0.0, 4.0]]])
    frames = draw_frames(pictures, np.array([[0, 1], [1, 0]]), corners, 6)
    expected = np.zeros((2, 6, 6), dtype=int)
    expected[0, 3:5, 0:2] += 100
    expected[0, 3:5, 1:3] += 200
    expected[1, 0:2, 4:6] += 200
    expected[1, 4:6, 0:2] += 100
    assert (frames == expected.clip(max=255)).all() and frames.dtype == np.uint8
