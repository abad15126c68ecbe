import pytest
import torch

from worldmodels.blocks.twohot import TwoHot, symexp, symlog

VALUES = torch.tensor([-3e6, -475.0, -1.0, -0.04, 0.0, 1e-3, 0.955, 1.0, 200.0, 5e7])


def test_symlog_and_back():
    assert torch.allclose(symexp(symlog(VALUES)), VALUES, rtol=1e-5)
    assert symlog(torch.tensor([0.0, torch.e - 1, 1 - torch.e])).tolist() == pytest.approx([0.0, 1.0, -1.0])


def test_two_hot_weights_lie_on_the_two_nearest_bins_and_mean_the_value():
    bins = TwoHot()
    weights = bins.encode(VALUES.double())
    assert torch.allclose(weights.sum(-1), torch.ones(10, dtype=torch.float64))
    assert torch.allclose(weights @ bins.bins, VALUES.double(), rtol=1e-9, atol=1e-9)
    for row in weights:
        places = row.nonzero().flatten()
        assert len(places) == 1 or (len(places) == 2 and places[1] == places[0] + 1)


def test_round_trip_through_logits():
    bins = TwoHot()
    logits = bins.encode(VALUES).clamp_min(1e-30).log()
    assert torch.allclose(bins.decode(logits), VALUES, rtol=1e-3, atol=1e-3)


def test_equal_chances_mean_zero():
    assert TwoHot().decode(torch.zeros(4, 255)).tolist() == [0.0] * 4


def test_values_beyond_the_bins_become_the_last():
    bins = TwoHot(9, 2.0)
    last = symexp(torch.tensor(2.0)).item()
    assert (bins.encode(torch.tensor([1e9, -1e9])).double() @ bins.bins).tolist() == pytest.approx([last, -last])


def test_the_loss_is_least_where_the_distribution_is_the_targets():
    bins, value = TwoHot(9, 2.0), torch.tensor([0.7])
    right = bins.encode(value).clamp_min(1e-12).log()
    entropy = -(bins.encode(value) * right).sum()
    assert bins.loss(right, value).item() == pytest.approx(entropy.item(), abs=1e-5)
    assert bins.loss(right.roll(1, -1), value) > bins.loss(right, value) + 1
