import numpy as np
import pytest
import torch

from worldmodels.data.frames import check_video, resize, to_float, to_numpy, to_uint8
from worldmodels.errors import InputError


@pytest.mark.parametrize("lead", [(), (3,), (2, 3)])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_level_survives_the_round_trip(lead, channels):
    frames = np.random.default_rng(0).integers(0, 256, (*lead, 16, 20, channels), dtype=np.uint8)
    frames.reshape(-1)[:256] = np.arange(256)
    video = to_float(frames)
    assert video.dtype == torch.float32 and video.shape == (*lead, channels, 16, 20) and video.is_contiguous()
    assert video.min() == 0 and video.max() == 1
    check_video(video)
    np.testing.assert_array_equal(to_numpy(video), frames)
    assert torch.equal(to_float(torch.from_numpy(frames)), video)


def test_axes_go_where_they_say():
    frames = np.zeros((2, 4, 5, 3), np.uint8)
    frames[1, 2, 3, 0] = 255
    assert to_float(frames).nonzero().tolist() == [[1, 0, 2, 3]]


def test_read_only_and_flipped_arrays_are_taken_without_a_warning():
    frames = np.arange(2 * 4 * 5 * 3, dtype=np.uint8).reshape(2, 4, 5, 3)
    expected = to_float(frames[:, ::-1].copy())
    frames.flags.writeable = False
    assert torch.equal(to_float(frames[:, ::-1]), expected)
    np.testing.assert_array_equal(to_numpy(to_float(frames)), frames)


def test_values_are_rounded_and_clipped():
    video = torch.tensor([-0.2, 0.0, 0.6 / 255, 1.4 / 255, 254.6 / 255, 1.7, float("inf")]).reshape(1, 1, 7)
    assert to_numpy(video).ravel().tolist() == [0, 0, 1, 1, 255, 255, 255]
    assert to_uint8(video.half()).dtype == torch.uint8
    assert to_uint8(video.requires_grad_()).requires_grad is False


@pytest.mark.parametrize(
    ("call", "argument", "message"),
    [
        (to_float, np.zeros((4, 4, 3), np.float32), "float32"),
        (to_float, np.zeros((3, 4, 5), np.uint8), "height, width, channel"),
        (to_float, torch.zeros(4, 4, 3), "float32"),
        (to_float, [[1]], "a list"),
        (to_numpy, torch.zeros(3, 4, 4, dtype=torch.uint8), "uint8"),
        (to_numpy, torch.zeros(4, 4, 3), "channel, height"),
        (to_numpy, torch.full((3, 4, 4), float("nan")), "NaN"),
        (check_video, torch.full((3, 4, 4), float("nan")), "NaN"),
        (check_video, torch.full((3, 4, 4), 255.0), "to 255"),
        (check_video, torch.zeros(3, 4, 4, dtype=torch.float64), "float64"),
        (check_video, torch.zeros(4, 4, 3), "channel, height"),
    ],
)
def test_bad_frames_are_named(call, argument, message):
    with pytest.raises(InputError, match=message):
        call(argument)


def test_resize_averages_areas():
    frames = np.zeros((2, 4, 6, 3), np.uint8)
    frames[:, :2, :3] = 200
    assert resize(frames, (2, 2))[1, :, :, 0].tolist() == [[200, 0], [0, 0]]
    assert resize(frames, (1, 1)).ravel().tolist() == [50] * 6
    assert resize(frames, (4, 6)) is frames
    with pytest.raises(InputError, match="size"):
        resize(frames, (0, 2))
