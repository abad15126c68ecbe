import numpy as np
import pytest

from worldmodels_envs.phyre.action import ball
from worldmodels_envs.phyre.raster import PALETTE, Painter, render
from worldmodels_envs.phyre.scene import Color


def test_ids_lie_where_the_bodies_are(ledge):
    image = render(ledge, size=256, ids=True)
    assert image.shape == (256, 256) and image.dtype == np.uint8
    assert image[255 - 2, 128] == Color.PURPLE  # the floor, y up
    assert image[255 - 102, 85] == Color.BLACK
    assert image[255 - 117, 100] == Color.GREEN
    assert image[10, 10] == Color.BACKGROUND


@pytest.mark.parametrize("size", [1, 32, 64, 200])
def test_rgb_of_any_size(ledge, size):
    image = render(ledge, size=size)
    assert image.shape == (size, size, 3)
    if size >= 32:
        assert image[0, 0].tolist() == [255, 255, 255]  # the walls outside leave no edge


@pytest.mark.parametrize("radius", [8.0, 20.0])
def test_rgb_keeps_areas(ledge, radius):
    placed = ledge.with_balls((ball((200.0, 200.0), radius),))
    red = (255 - render(placed, size=64)[:32, 32:, 2].astype(float)) / (255 - PALETTE[Color.RED][2])
    assert red.sum() * 16 == pytest.approx(np.pi * radius**2, rel=0.06)


def test_videos_move_what_moves_only(ledge):
    poses = np.stack([ledge.poses, ledge.poses])
    poses[1, -1, 1] += 50  # the ball, whose bottom lies at 105
    video = Painter(ledge, 64).video(poses)
    changed = (video[0] != video[1]).any(axis=-1)
    assert video.shape == (2, 64, 64, 3)
    assert changed.any() and not changed[-25:].any()


def test_images_have_a_size(ledge):
    with pytest.raises(ValueError, match="at least 1 x 1"):
        render(ledge, size=0)
