import json
import math

import numpy as np
import pytest

from worldmodels.errors import InputError
from worldmodels.evaluation.intervals import (
    Estimate,
    difference,
    mean_interval,
    paired_difference,
    success_interval,
)


def test_mean_interval_is_students():
    estimate = mean_interval([1.0, 2.0, 3.0, 4.0])
    half = 3.182446 * math.sqrt(5 / 3) / 2
    assert (estimate.mean, estimate.n) == (2.5, 4)
    assert (estimate.low, estimate.high) == (pytest.approx(2.5 - half), pytest.approx(2.5 + half))


@pytest.mark.parametrize("count", [2, 3, 5, 30])
def test_mean_interval_holds_the_mean_95_times_in_100_however_few_values_there_are(count):
    draws = np.random.default_rng(count).normal(2.0, 1.0, (4000, count))
    held = [e.low <= 2.0 <= e.high for e in map(mean_interval, draws)]
    assert 0.935 < np.mean(held) < 0.965


@pytest.mark.parametrize("counts", [(3, 3), (2, 12), (40, 5)])
def test_difference_of_unlike_groups_holds_the_true_one(counts):
    rng = np.random.default_rng(0)
    pairs = [(rng.normal(1.0, 1.0, counts[0]), rng.normal(0.0, 3.0, counts[1])) for _ in range(3000)]
    held = [e.low <= 1.0 <= e.high for e in (difference(*pair) for pair in pairs)]
    assert 0.92 < np.mean(held) < 0.98


def test_one_value_in_a_group_leaves_the_difference_without_interval():
    estimate = difference([1.0], [2.0, 3.0])
    assert estimate.mean == -1.5 and math.isnan(estimate.low)


def test_wilson_interval_has_its_published_values():
    estimate = success_interval(8, 10)
    assert (estimate.low, estimate.high) == (pytest.approx(0.4901, abs=1e-3), pytest.approx(0.9433, abs=1e-3))


@pytest.mark.parametrize(("successes", "end"), [(0, "low"), (20, "high")])
def test_wilson_interval_stays_inside_and_is_never_empty(successes, end):
    estimate = success_interval(successes, 20)
    assert getattr(estimate, end) == estimate.mean
    assert estimate.high - estimate.low > 0.1


def test_pairing_removes_what_the_pairs_share():
    shared = np.random.default_rng(0).normal(0, 100, 50)
    paired = paired_difference(shared + 1, shared)
    apart = difference(shared + 1, shared)
    assert paired.low == pytest.approx(1) == paired.high
    assert apart.mean == pytest.approx(1)
    assert apart.low < 0 < apart.high


def test_groups_of_different_sizes_have_a_difference():
    estimate = difference([1.0, 3.0], [0.0, 0.0, 0.0])
    assert (estimate.mean, estimate.n) == (2.0, 2)
    assert estimate.high - estimate.mean == pytest.approx(12.7062)


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (Estimate(16.9042, 16.85, 16.95, 5000), "16.904 ± 0.050"),
        (Estimate(0.7789, 0.7743, 0.7835, 9), "0.7789 ± 0.0046"),
        (Estimate(1234.5, 1000.0, 1469.0, 9), "1234 ± 234"),
        (Estimate(2.0, math.nan, math.nan, 1), "2 (n=1)"),
        (Estimate(2.0, 2.0, 2.0, 4), "2.000 ± 0.000"),
    ],
)
def test_text_shows_two_digits_of_the_interval(estimate, text):
    assert str(estimate) == text


def test_an_unknown_interval_is_null_in_json():
    described = json.loads(json.dumps(mean_interval([3.0]).to_json(), allow_nan=False))
    assert described == {"mean": 3.0, "low": None, "high": None, "n": 1}


@pytest.mark.parametrize(
    "call",
    [
        lambda: mean_interval([]),
        lambda: mean_interval([1.0, math.inf]),
        lambda: mean_interval([[1.0]]),
        lambda: paired_difference([1.0], [1.0, 2.0]),
        lambda: success_interval(3, 2),
        lambda: success_interval(0, 0),
    ],
)
def test_unfit_values_are_refused(call):
    with pytest.raises(InputError):
        call()
