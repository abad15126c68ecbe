import pytest

from worldmodels_envs import benchmarks


def test_rows_compare_what_was_measured_with_the_target(monkeypatch):
    monkeypatch.setattr(benchmarks, "_frames_per_second", lambda make: 150_000.0)
    monkeypatch.setattr(benchmarks, "_steps_per_second", {"RandomWalk": 30_000.0, "RandomWalkReach": 9.0}.get)
    rows = benchmarks.generators()
    assert [row["met"] for row in rows] == [True, True, False, True]
    assert {tuple(row) for row in rows} == {("case", "value", "unit", "baseline", "ratio", "target", "met")}


def test_moving_digits_are_left_out_without_scikit_learn(monkeypatch):
    monkeypatch.setattr(benchmarks, "_frames_per_second", lambda make: 150_000.0)
    monkeypatch.setattr(benchmarks, "_steps_per_second", lambda name: 30_000.0)
    monkeypatch.setattr(benchmarks.importlib.util, "find_spec", lambda name: None)
    assert not any("digits" in row["case"] for row in benchmarks.generators())


@pytest.mark.parametrize("name", ["RandomWalk", "RandomWalkReach"])
def test_the_measurements_of_environments_run(name):
    assert benchmarks._steps_per_second(name, steps=60) > 0


@pytest.mark.parametrize("make", [benchmarks._random_walk, benchmarks._moving_digits])
def test_the_measurements_of_data_sets_run(make):
    assert benchmarks._frames_per_second(make, videos=2, length=3) > 0
