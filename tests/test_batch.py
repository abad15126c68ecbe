import pytest
import torch

from worldmodels.batch import Batch

FRAMES = torch.zeros(2, 3, 1, 2, 2)


@pytest.mark.parametrize("shape", [(2,), (2, 3), (2, 3, 4), (2, 3, 2, 2)])
def test_without_weights_it_is_the_mean(shape):
    values = torch.rand(shape)
    assert torch.equal(Batch(FRAMES).mean(values), values.mean())
    ones = Batch(FRAMES, weights=torch.ones(2, 3))
    assert torch.allclose(ones.mean(values), values.mean())


def test_each_frame_has_its_weight():
    batch = Batch(FRAMES, weights=torch.tensor([[1.0, 2, 0], [1, 0, 0]]))
    values = torch.arange(6.0).view(2, 3)
    assert batch.mean(values).item() == (0 + 2 * 1 + 3) / 4
    assert batch.mean(values[:, 1:], first=1).item() == 1.0
    assert batch.mean(torch.tensor([5.0, 9.0])).item() == 7.0
    assert batch.mean(values[:, 2:], first=2).item() == 0.0  # padding alone


def test_weights_move_with_the_batch():
    batch = Batch(FRAMES, weights=torch.ones(2, 3))
    assert batch.double().weights.dtype == torch.float64
