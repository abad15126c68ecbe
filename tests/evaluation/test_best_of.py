import pytest
import torch

from worldmodels.errors import InputError
from worldmodels.evaluation.best_of import BestOf


@pytest.mark.parametrize("higher", [True, False])
def test_streaming_equals_choosing_afterwards(higher):
    scores = torch.rand(9, 5, 4, generator=torch.Generator().manual_seed(0))
    best = BestOf(higher)
    for sample in scores:
        best.update(sample)
    means = scores.mean(2)
    index = means.argmax(0) if higher else means.argmin(0)
    assert best.index.tolist() == index.tolist()
    assert torch.equal(best.curves, scores[index, torch.arange(5)])
    assert best.count == 9


def test_the_earliest_of_equals_stays():
    best = BestOf(True)
    best.update(torch.tensor([[1.0, 3.0]]))
    assert best.update(torch.tensor([[2.0, 2.0]])).tolist() == [False]
    assert best.index.tolist() == [0]
    assert best.curves.tolist() == [[1.0, 3.0]]


def test_it_does_not_hold_on_to_the_callers_tensor():
    scores, best = torch.zeros(2, 3), BestOf(True)
    best.update(scores)
    scores += 5
    assert best.scores.tolist() == [0, 0]


@pytest.mark.parametrize("scores", [torch.zeros(2), torch.zeros(3, 3), torch.full((2, 3), float("nan"))], ids=str)
def test_unfit_scores_are_refused(scores):
    best = BestOf(True)
    best.update(torch.zeros(2, 3))
    with pytest.raises(InputError):
        best.update(scores)
