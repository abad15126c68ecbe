import pytest
import torch
import torch.nn.functional as F

from worldmodels_videoflow.residual import Residual, TimeConv


def disturbed(module):
    torch.manual_seed(3)
    for parameter in module.parameters():
        parameter.data.add_(0.1 * torch.randn_like(parameter))
    return module


@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize(("time", "last"), [(1, 1), (3, 3), (3, 2), (3, 1), (4, 2)])
@torch.no_grad()
def test_a_time_convolution_is_a_causal_one_in_three_dimensions(dilation, time, last):
    layer, x = disturbed(TimeConv(4, 5, dilation)), torch.randn(2, time, 4, 6, 6)
    kernel = layer.weight.unflatten(1, (2, 4)).transpose(1, 2)
    padded = F.pad(x.transpose(1, 2), (dilation,) * 4 + (1, 0))
    expected = F.conv3d(padded, kernel, layer.bias, dilation=(1, dilation, dilation)).transpose(1, 2)
    torch.testing.assert_close(layer(x, last), expected[:, -last:], atol=1e-5, rtol=0)


@pytest.mark.parametrize("gates", [True, False])
@pytest.mark.parametrize("time", [1, 2, 5])
@torch.no_grad()
def test_times_that_the_last_one_does_not_read_are_left_out(gates, time):
    residual, x = disturbed(Residual(3, 8, 2, (1, 2), gates)), torch.randn(2, time, 3, 8, 8)
    whole = x
    for block in residual.blocks:
        whole = whole + sum(branch(whole, time) for branch in block)
    torch.testing.assert_close(residual(x), whole[:, -1], atol=1e-5, rtol=0)


@torch.no_grad()
def test_it_begins_as_the_identity():
    x = torch.randn(2, 3, 4, 8, 8)
    assert torch.equal(Residual(4, 8, 3, (1, 2), True)(x), x[:, -1])
