import numpy as np
import pytest

from worldmodels_envs.narratives.drawing import draw_frames, draw_patches, patch_reach

CENTRE = np.array([[0.3, -0.2]])


@pytest.mark.parametrize("kind", range(4))
@pytest.mark.parametrize("radius", [3.0, 6.0])
def test_all_kinds_have_the_area_and_place_they_are_asked_for(kind, radius):
    reach = patch_reach((radius / 32,), 32)
    patch = draw_patches(np.array([kind]), np.array([radius]), CENTRE, reach)[0]
    axis = np.arange(-reach, reach + 1)
    assert patch.sum() == pytest.approx(np.pi * radius**2, rel=0.04)
    assert np.array([patch.sum(0) @ axis, patch.sum(1) @ axis]) / patch.sum() == pytest.approx(CENTRE[0], abs=0.1)
    assert not patch[[0, -1]].any() and not patch[:, [0, -1]].any()


def test_the_first_shape_lies_on_top_and_shapes_may_reach_beyond_the_frame():
    kinds, radii = np.zeros((1, 2), int), np.full((1, 2), 3.0)
    colours = np.array([[[255, 0, 0], [0, 255, 0]]], dtype=np.uint8)
    centres = np.array([[[0.0, 4.0], [2.0, 4.0]]])
    frame = draw_frames(kinds, radii, centres, colours, 16, 6)[0]
    assert frame[4, 0].tolist() == frame[4, 2].tolist() == [255, 0, 0]
    assert frame[4, 4].tolist() == [0, 255, 0]
    assert not frame[:, 12:].any()
