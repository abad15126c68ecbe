"""The paper's preset has the layers of its Tables 10.5 to 10.9: parameters counted from the text."""

import pytest
import torch

from worldmodels.errors import InputError
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels_inferno.model import INFERNO


def linear(before, after, bias=True):
    return before * after + bias * after


def conv(before, after, kernel):
    return kernel * kernel * before * after + after


def encoder():
    """Table 10.5, with padding 2 to keep the resolution, the soft position embedding of Locatello et al., Table 10.6's
    projections, and the linear map of votes, which this preset does not read but the class has."""
    convolutions = conv(3, 64, 5) + 3 * conv(64, 64, 5)
    return convolutions + linear(4, 64) + 2 * 64 + 2 * linear(64, 128, bias=False) + linear(64, 2)


def attention(width=128):
    """Table 10.6, once for objects and once for the background, with their two distributions."""
    update = 2 * 2 * width + linear(width, width, bias=False)
    update += 2 * (3 * width * width + 3 * width) + linear(width, 2 * width) + linear(2 * width, width)
    return 2 * update + 2 * 2 * width


def reader(width=128):
    """Table 10.7: hidden layers as wide as what comes out of the pose, and 128; the condition is 6 numbers of pose."""
    pose = linear(width, 7) + 2 * 7 + linear(7, 7)
    objects = linear(width, width) + linear(6, 2 * width) + linear(width, 2 * width)
    background = linear(width, width) + 2 * width + linear(width, 2 * width)
    return pose + objects + background


def fields():
    """Table 10.8 with GIRAFFE's heads: 10 octaves of points (63 numbers), 4 of directions (27)."""
    points, directions, features = 3 + 2 * 10 * 3, 3 + 2 * 4 * 3, 128
    objects = linear(points, 64) + 6 * linear(64, 64) + linear(64 + points, 64) + linear(128, 8 * 64)
    objects += linear(64, 1) + linear(64 + directions, 64) + linear(128, 64) + linear(64, features)
    background = linear(points, 16) + 3 * linear(16, 16) + linear(128, 4 * 16)
    background += linear(16, 1) + linear(16, 16) + linear(128, 16) + linear(16, features)
    return objects + background


def upscaler(doublings):
    """Table 10.9: a convolution before each doubling, of 128 features first; instance norm has no parameters."""
    return conv(128, 64, 3) + (doublings - 1) * conv(64, 64, 3) + conv(64, 3, 3)


@pytest.mark.parametrize(("size", "doublings"), [(64, 2), (128, 3)])
def test_the_papers_preset(size, doublings):
    with torch.device("meta"):
        model = build(INFERNO, WorldSpec((3, size, size)), "paper")
    parts = {"encoder": encoder(), "attention": attention(), "reader": reader(), "renderer": fields()}
    for name, count in (parts | {"upscaler": upscaler(doublings)}).items():
        assert sum(parameter.numel() for parameter in getattr(model, name).parameters()) == count, name


def test_kernels_must_be_odd():
    with pytest.raises(InputError, match=r"odd.*got 2"):
        build(INFERNO, WorldSpec((3, 32, 32)), "tiny", {"encoder": [[2, 2, 2]]})


def test_frames_must_be_rays_times_a_power_of_two():
    with pytest.raises(InputError, match="set rays"):
        build(INFERNO, WorldSpec((3, 48, 48)))
    with pytest.raises(InputError, match="set rays"):
        build(INFERNO, WorldSpec((3, 64, 32)))
