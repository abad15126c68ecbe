import torch
from torch import nn

from worldmodels.blocks import Conv, group_norm, over_time


def test_one_pixel_needs_the_middle_of_a_kernel_only():
    conv, pixel = Conv(5, 7, 3), torch.randn(4, 5, 1, 1)
    plain = torch.nn.functional.conv2d(pixel, conv.weight, conv.bias, padding=1)
    torch.testing.assert_close(conv(pixel), plain)


def test_groups_are_as_many_as_divide_the_channels_and_leave_enough_for_each():
    assert [group_norm(channels, 16).num_groups for channels in (3, 8, 24, 32)] == [1, 8, 8, 16]
    assert [group_norm(channels, 16, least=4).num_groups for channels in (3, 8, 24, 64)] == [1, 2, 4, 16]


def test_a_video_goes_through_a_module_for_maps_at_once():
    conv, maps = nn.Conv2d(3, 5, 3, 2), torch.randn(2, 4, 3, 8, 9)
    torch.testing.assert_close(over_time(conv, maps)[1, 2], conv(maps[1:2, 2])[0])
