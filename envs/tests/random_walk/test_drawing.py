import numpy as np
import pytest

from worldmodels_envs.random_walk.drawing import (
    SHAPES,
    cut_stencils,
    draw_frames,
    label_pixels,
    shape_pixels,
    sprite_table,
    stamp_places,
)


def painted(size=16):
    """Two frames, each with a red square of radius 2 under a green one of radius 1."""
    table = sprite_table(["square"], [1, 2], size)
    colours = np.array([[[255, 0, 0], [0, 255, 0]]] * 2, dtype=np.uint8)
    stencils = cut_stencils(table, np.array([[1, 0]] * 2), colours)
    centres = np.array([[[5, 8], [5, 8]], [[2, 2], [13, 3]]])
    return stencils, stamp_places(stencils, centres, size)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("radius", [1, 2, 3, 5])
def test_shapes_fill_their_box_and_are_mirrored(shape, radius):
    pixels = {tuple(pixel) for pixel in shape_pixels(shape, radius).tolist()}
    assert {max(abs(x), abs(y)) for x, y in pixels} <= set(range(radius + 1))
    assert max(y for _, y in pixels) == radius and min(y for _, y in pixels) == -radius
    assert {(-x, y) for x, y in pixels} == pixels


def test_a_ball_of_radius_three_is_the_disc_of_37_pixels():
    assert len(shape_pixels("ball", 3)) == 37


def test_later_layers_cover_earlier_ones():
    stencils, places = painted()
    frames = draw_frames(stencils, places, 16)
    assert frames[0, 8, 5].tolist() == [0, 255, 0] and frames[0, 8, 7].tolist() == [255, 0, 0]
    assert frames[0].any(axis=-1).sum() == 25 and frames[1].any(axis=-1).sum() == 25 + 9
    assert (frames[0, 7:10, 4:7] == [0, 255, 0]).all()


def test_labels_name_the_layer_that_is_seen():
    stencils, places = painted()
    labels = label_pixels(stencils, places, 16)
    assert np.bincount(labels[0], minlength=3).tolist() == [256 - 25, 16, 9]
    assert np.bincount(labels[1], minlength=3).tolist() == [256 - 34, 25, 9]


def test_stencils_are_taken_and_put_by_rows():
    stencils, _ = painted()
    rows = np.array([1])
    part = stencils.take(rows)
    part.pixels[:] = part.pixels[0, 0, 0]
    assert (stencils.pixels[1, 1] != stencils.pixels[1, 0]).all()
    stencils.put(rows, part)
    assert (stencils.pixels[1, 1] == stencils.pixels[1, 0]).all()
    assert (stencils.pixels[0, 1] != stencils.pixels[0, 0]).all()
