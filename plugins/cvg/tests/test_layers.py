import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.parametrize import cached

from worldmodels_cvg.layers import Condition, ConditionalNorm, DownConv, DownConv3d, UpConv, spectral


def test_weights_are_divided_by_their_largest_singular_value():
    torch.manual_seed(0)
    layer = spectral(nn.Conv2d(3, 8, 3))
    with torch.no_grad():
        layer.parametrizations.weight.original.copy_(torch.randn(8, 3, 3, 3))
    for _ in range(100):  # a power iteration each
        weight = layer.weight
    original = layer.parametrizations.weight.original
    largest = torch.linalg.svdvals(original.flatten(1))[0]
    torch.testing.assert_close(weight, original / largest, rtol=1e-3, atol=1e-5)


def test_weights_begin_orthogonal():
    layer = spectral(nn.Conv2d(16, 8, 3))
    rows = layer.parametrizations.weight.original.flatten(1)
    torch.testing.assert_close(rows @ rows.T, torch.eye(8), rtol=1e-4, atol=1e-5)


def test_a_pass_takes_one_power_iteration_however_often_a_weight_is_used():
    layer = spectral(nn.Linear(6, 6)).train()
    with torch.no_grad():
        layer.parametrizations.weight.original.copy_(torch.randn(6, 6))
    with cached():
        first = layer.weight
        assert layer.weight is first
    assert not torch.equal(layer.weight, first)


@pytest.mark.parametrize("size", [1, 4, 7])
def test_up_convolution_is_a_convolution_of_the_doubled_map(size):
    layer, maps = UpConv(3, 5).double(), torch.randn(2, 3, size, size + 1, dtype=torch.double)
    wanted = F.conv2d(F.interpolate(maps, scale_factor=2.0), layer.weight, layer.bias, padding=1)
    torch.testing.assert_close(layer(maps), wanted)


@pytest.mark.parametrize(("layer", "shape"), [(DownConv(3, 5), (4, 6)), (DownConv3d(3, 5), (3, 4, 6))])
def test_down_convolution_is_the_average_of_a_convolution(layer, shape):
    layer, maps = layer.double(), torch.randn(2, 3, *shape, dtype=torch.double)
    convolve, average = (F.conv2d, F.avg_pool2d) if len(shape) == 2 else (F.conv3d, F.avg_pool3d)
    whole = convolve(maps, layer.weight, layer.bias, padding=1)
    torch.testing.assert_close(layer(maps), average(whole, (2, 2) if len(shape) == 2 else (1, 2, 2)))


def _condition(batch, times, track=False):
    return Condition(torch.zeros(batch, len(times), 4), torch.tensor(times).expand(batch, -1), track)


def test_each_time_is_normalised_by_its_own_statistics():
    norm = ConditionalNorm(3, 4, times=5).train()
    maps = torch.randn(16, 2, 3, 4, 4) * torch.tensor([1.0, 5.0]).view(1, 2, 1, 1, 1) + 3
    found = norm(maps.flatten(0, 1), _condition(16, [1, 2])).unflatten(0, (16, 2))
    torch.testing.assert_close(found.mean((0, 3, 4)), torch.zeros(2, 3), atol=1e-5, rtol=0)
    torch.testing.assert_close(found.var((0, 3, 4), correction=0), torch.ones(2, 3), atol=1e-3, rtol=0)


def test_running_statistics_are_kept_by_time_where_they_are_tracked():
    norm = ConditionalNorm(3, 4, times=5).train()
    maps = torch.randn(16, 2, 3, 4, 4) * torch.tensor([1.0, 5.0]).view(1, 2, 1, 1, 1)
    norm(maps.flatten(0, 1), _condition(16, [1, 2]))
    assert not norm.mean.any()
    norm.momentum = 1.0
    norm(maps.flatten(0, 1), _condition(16, [1, 2], track=True))
    torch.testing.assert_close(norm.mean[1:3], maps.mean((0, 3, 4)))
    assert not norm.mean[0].any() and (norm.variance[0] == 1).all()
    norm.eval()
    same = norm(maps.flatten(0, 1), _condition(16, [1, 2])).unflatten(0, (16, 2))
    torch.testing.assert_close(same.var((0, 3, 4)), torch.ones(2, 3), atol=1e-3, rtol=0)
    # Times that training never reached have the last one's, kept or not.
    later = norm(maps.flatten(0, 1), _condition(16, [4, 9])).unflatten(0, (16, 2))
    wanted = norm(maps.flatten(0, 1), _condition(16, [2, 2])).unflatten(0, (16, 2))
    torch.testing.assert_close(later, wanted)
    assert norm.known.tolist() == [False, True, True, False, False]


def test_shared_statistics_are_over_time_too():
    norm = ConditionalNorm(3, 4, times=1).train()
    maps = torch.randn(8, 2, 3, 4, 4) * torch.tensor([1.0, 5.0]).view(1, 2, 1, 1, 1)
    found = norm(maps.flatten(0, 1), _condition(8, [3, 4], track=True)).unflatten(0, (8, 2))
    deviations = found.std((0, 2, 3, 4))
    torch.testing.assert_close(found.var(correction=0), torch.ones(()), atol=0.05, rtol=0)
    assert deviations[1] > 3 * deviations[0] and norm.mean.any()


def test_the_condition_sets_gain_and_bias():
    norm = ConditionalNorm(2, 1, times=1).eval()
    with torch.no_grad():
        norm.affine.weight.copy_(torch.tensor([[2.0], [0.0], [0.0], [-1.0]]))
    condition = Condition(torch.tensor([[[0.5]]]), torch.zeros(1, 1, dtype=torch.int64))
    maps = torch.ones(1, 2, 1, 1)
    torch.testing.assert_close(norm(maps, condition).flatten(), torch.tensor([2.0, 0.5]), atol=1e-4, rtol=0)
