"""The adjusted Rand index agrees with scikit-learn's, frame by frame."""

import pytest
import torch

from worldmodels.errors import InputError
from worldmodels.evaluation.segmentation import adjusted_rand_index


def draw(seed, *shape, high):
    return torch.randint(high, shape, generator=torch.Generator().manual_seed(seed))


def test_same_division_under_other_names():
    true = draw(0, 3, 8, 8, high=4)
    torch.testing.assert_close(adjusted_rand_index(3 - true, true, foreground=False), torch.ones(3).double())


@pytest.mark.parametrize("foreground", [True, False])
def test_as_scikit_learn(foreground):
    metrics = pytest.importorskip("sklearn.metrics")
    found, true = draw(1, 5, 9, 7, high=3), draw(2, 5, 9, 7, high=4)
    found[:, :4] = true[:, :4]
    ours = adjusted_rand_index(found, true, foreground=foreground)
    for index, (a, b) in enumerate(zip(found.flatten(1), true.flatten(1), strict=True)):
        seen = b > 0 if foreground else b >= 0
        assert ours[index].item() == pytest.approx(metrics.adjusted_rand_score(b[seen], a[seen]))


def test_one_object_found_whole_counts_fully():
    true = torch.zeros(1, 4, 4, dtype=torch.long)
    true[:, 1:3] = 1
    assert adjusted_rand_index(true + 1, true).item() == 1.0


def test_other_shapes_are_refused():
    with pytest.raises(InputError, match="integers of one shape"):
        adjusted_rand_index(torch.zeros(2, 4, 4), torch.zeros(2, 4, 4))
