import pytest

from worldmodels_envs import benchmarks


def test_rows_compare_what_was_measured_with_the_target(monkeypatch):
    monkeypatch.setattr(benchmarks, "_frames_per_second", lambda: 150_000.0)
    monkeypatch.setattr(benchmarks, "_steps_per_second", {"RandomWalk": 30_000.0, "RandomWalkReach": 9.0}.get)
    rows = benchmarks.generators()
    assert [row["met"] for row in rows] == [True, True, False]
    assert {tuple(row) for row in rows} == {("case", "value", "unit", "baseline", "ratio", "target", "met")}


@pytest.mark.parametrize("name", ["RandomWalk", "RandomWalkReach"])
def test_the_measurements_run(name):
    assert benchmarks._steps_per_second(name, steps=60) > 0
    assert benchmarks._frames_per_second(videos=2, length=3) > 0
