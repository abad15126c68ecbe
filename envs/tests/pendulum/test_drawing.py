import numpy as np
import pytest

from worldmodels_envs.pendulum.drawing import draw_rods


@pytest.mark.parametrize(("angle", "x", "y"), [(0, 0, -1), (np.pi / 2, 1, 0), (np.pi, 0, 1), (-np.pi / 2, -1, 0)])
@pytest.mark.parametrize("size", [16, 33])
def test_rods_point_where_their_angle_says(angle, x, y, size):
    rod = draw_rods(np.array([0.3, angle]), size)[1]
    axis = np.arange(size) - (size - 1) / 2
    centre = np.array([rod.sum(0) @ axis, rod.sum(1) @ axis]) / rod.sum()
    assert centre == pytest.approx(0.2 * size * np.array([x, y]), abs=0.2)
    assert rod.min() == 0 and rod.max() == 1
