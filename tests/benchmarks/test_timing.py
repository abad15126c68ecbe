import time

import pytest

from worldmodels.benchmarks import timing


@pytest.fixture
def clock(monkeypatch):
    """Seconds pass only when a side says so."""
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    return now


def lasting(clock, *seconds):
    """A side whose calls take these seconds, the first again after the last."""
    calls = []

    def side():
        clock[0] += seconds[len(calls) % len(seconds)]
        calls.append(clock[0])

    side.calls = calls
    return side


@pytest.mark.parametrize(("reduce", "expected"), [(timing.least, [2.0, 5.0]), (timing.medians, [3.0, 5.0])])
def test_sides_take_turns_and_the_first_does_not_count(clock, reduce, expected):
    first, second = lasting(clock, 1.0, 3.0, 2.0, 9.0), lasting(clock, 5.0)
    assert reduce([first, second], 3) == expected
    assert len(first.calls) == len(second.calls) == 4
    assert all(a < b for a, b in zip(first.calls, second.calls, strict=True))


@pytest.mark.parametrize(("seconds", "turns", "best"), [(0.0, 1, 3.0), (15.0, 2, 1.0)])
def test_turns_go_on_for_so_many_seconds_but_not_for_less_than_one(clock, seconds, turns, best):
    first, second = lasting(clock, 1.0, 3.0), lasting(clock, 5.0)
    assert timing.least_within([first, second], seconds) == [best, 5.0]
    assert len(first.calls) == 1 + turns
