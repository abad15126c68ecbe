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


def test_mean_interval_is_one_point_nine_six_standard_errors():
    estimate = mean_interval([1.0, 2.0, 3.0, 4.0])
    half = 1.96 * math.sqrt(5 / 3) / 2
    assert (estimate.mean, estimate.n) == (2.5, 4)
    assert (estimate.low, estimate.high) == (pytest.approx(2.5 - half), pytest.approx(2.5 + half))


def test_mean_interval_holds_the_mean_95_times_in_100():
    draws = np.random.default_rng(0).exponential(2.0, (2000, 200))
    held = [e.low <= 2.0 <= e.high for e in map(mean_interval, draws)]
    assert 0.93 < np.mean(held) < 0.96


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
    assert estimate.high - estimate.mean == pytest.approx(1.96)


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
