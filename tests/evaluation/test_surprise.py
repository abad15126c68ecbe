from types import SimpleNamespace

import numpy as np
import pytest
import torch
from gymnasium import spaces

from worldmodels.errors import InputError
from worldmodels.evaluation.surprise import auroc, change, evaluate_surprise, figures, idle, prediction_error
from worldmodels.spec import WorldSpec
from worldmodels.testing.toy import Toy, ToyConfig


def pairs(count=12, time=2):
    """Grey videos that brighten by one level a frame; the impossible ones turn white or black at `time`."""
    possible = np.zeros((count, 5, 4, 4, 3), np.uint8) + 100 + np.arange(5, dtype=np.uint8)[:, None, None, None]
    impossible, kinds = possible.copy(), np.arange(count) % 2
    impossible[kinds == 0, time:], impossible[kinds == 1, time:] = 255, 0
    return SimpleNamespace(possible=possible, impossible=impossible, kinds=kinds, time=time)


@pytest.mark.parametrize(
    ("positive", "negative", "area"),
    [([3, 4, 5], [0, 1, 2], 1.0), ([0, 1], [2, 3], 0.0), ([1, 1], [1, 1], 0.5), ([1, 3], [0, 2], 0.75)],
)
def test_the_area_is_the_chance_of_the_right_order(positive, negative, area):
    assert auroc(positive, negative).mean == area


def test_the_interval_holds_the_true_area_and_narrows():
    rng = np.random.default_rng(0)
    # Of N(1, 1) above N(0, 1): the normal distribution function at 1 / sqrt 2.
    few, many = (auroc(rng.normal(1, 1, n), rng.normal(0, 1, n)) for n in (50, 800))
    assert few.low < 0.7602 < few.high and many.low < 0.7602 < many.high
    assert many.high - many.low < 0.4 * (few.high - few.low)


@pytest.mark.parametrize("bad", [([1, 2], [1]), ([], []), ([float("nan")], [1])])
def test_other_lists_are_refused(bad):
    with pytest.raises(InputError, match="not lists"):
        auroc(*bad)


def test_every_frame_is_scored_given_those_before():
    seen = []

    def score(frames):
        seen.append(frames.shape[1])
        return change(frames)

    result = evaluate_surprise(score, pairs(), batch_size=8)
    assert sorted(set(seen)) == [2, 3, 4, 5] and result.possible.shape == (12, 4) and list(result.times) == [1, 2, 3, 4]
    assert np.array_equal(result.possible[:, 0], result.impossible[:, 0])
    np.testing.assert_allclose(result.possible, 1 / 255**2, rtol=1e-4)
    found = figures(result, ("white", "black", "absent"))
    assert {name: figure.mean for name, figure in found.items()} == {"auroc": 1, "auroc_white": 1, "auroc_black": 1}


def test_what_cannot_tell_scores_a_half():
    result = evaluate_surprise(lambda frames: frames.new_ones(len(frames)), pairs())
    assert result.auroc().mean == 0.5


def test_events_before_the_first_score_are_refused():
    with pytest.raises(InputError, match="needs 3 before"):
        evaluate_surprise(change, pairs(time=2), least_context=3)
    assert torch.is_grad_enabled()


@pytest.mark.parametrize(("space", "width"), [(None, None), (spaces.Discrete(1), 1), (spaces.Discrete(1, start=3), 1)])
def test_worlds_without_a_choice_are_idle(space, width):
    actions = idle(Toy(WorldSpec((3, 8, 8), space)), 2, 4)
    assert actions is None if width is None else torch.equal(actions, torch.ones(2, 4, width))


def test_worlds_with_a_choice_are_refused():
    with pytest.raises(InputError, match="has actions"):
        idle(Toy(WorldSpec((3, 8, 8), spaces.Discrete(2))), 2, 4)


def test_the_error_of_the_nearest_prediction():
    model, frames = Toy(WorldSpec((3, 8, 8)), ToyConfig(std=0.5)), torch.rand(3, 3, 3, 8, 8)
    one, many = (prediction_error(model, samples=n)(frames) for n in (1, 16))
    assert one.shape == (3,) and (many <= one).all() and (many < one).any()
