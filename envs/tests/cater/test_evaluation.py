import numpy as np
import pytest

from worldmodels_envs.cater import CELLS, score_snitch
from worldmodels_envs.cater.baselines import chance, near
from worldmodels_envs.cater.evaluation import cell_distance, wilson


def test_scores_of_a_known_guess():
    scores = np.zeros((3, CELLS))
    scores[0, 7], scores[1, [8, 7]], scores[2, 35] = 1, (2, 1), 1
    row = score_snitch(scores, np.array([7, 7, 0]))[0]
    assert row.top1.mean == pytest.approx(1 / 3) and row.top5.mean == pytest.approx(1)
    assert row.l1.mean == pytest.approx((0 + 1 + 10) / 3)


def test_chance_is_what_cater_reports():
    """Table of the paper: random is 2.8 top-1, 13.9 top-5, 3.89 L1."""
    rng = np.random.default_rng(0)
    scores = np.stack([chance(rng) for _ in range(20000)])
    row = score_snitch(scores, rng.integers(CELLS, size=20000))[0]
    for interval, expected in ((row.top1, 0.0278), (row.top5, 0.1389), (row.l1, 3.89)):
        width = interval.high - interval.low
        assert abs(interval.mean - expected) < width


def test_groups_add_up():
    rng = np.random.default_rng(1)
    contained, visibility = rng.random(50) < 0.4, rng.random(50)
    rows = {
        r.group: r for r in score_snitch(rng.random((50, CELLS)), rng.integers(CELLS, size=50), contained, visibility)
    }
    assert rows["contained"].videos + rows["not contained"].videos == rows["all"].videos == 50
    assert rows["visible"].videos + rows["hidden"].videos == 50
    assert rows["occluded, not contained"].videos == (~contained & (visibility < 0.1)).sum()


def test_empty_group_is_not_a_number():
    row = score_snitch(np.ones((2, CELLS)), np.array([1, 2]), np.array([True, True]))[2]
    assert row.videos == 0 and np.isnan(row.top1.mean) and np.isnan(row.l1.mean)


def test_wilson():
    """Agresti & Coull's example: 0 of 10 gives 0 to 0.278."""
    interval = wilson(0, 10)
    assert interval.low == 0 and interval.high == pytest.approx(0.2775, abs=1e-3)


def test_cell_distance():
    assert cell_distance(np.array([0, 5, 21]), np.array([35, 0, 20])).tolist() == [10, 5, 1]


def test_near_ranks_neighbours():
    assert np.argsort(-near(np.array([0.6, -0.5])))[:2].tolist() == [15, 16]


@pytest.mark.parametrize(
    ("scores", "labels"),
    [(np.ones((2, 35)), np.zeros(2)), (np.ones((2, 36)), np.zeros(3)), (np.ones((1, 36)), np.array([36]))],
)
def test_wrong_shapes(scores, labels):
    with pytest.raises(ValueError, match="must be"):
        score_snitch(scores, labels)
