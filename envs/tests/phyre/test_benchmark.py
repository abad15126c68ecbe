import numpy as np

from worldmodels_envs.phyre import benchmark


def test_rows_compare_with_targets(monkeypatch):
    monkeypatch.setattr(benchmark, "simulations_per_second", lambda *_: 300.0)
    monkeypatch.setattr(benchmark, "images_per_second", lambda *_: 100.0)
    monkeypatch.setattr(benchmark, "scaling", lambda *_: 1.9)
    rows = benchmark.run()
    assert [row["met"] for row in rows] == [True, False, True]
    assert {tuple(row) for row in rows} == {("case", "value", "unit", "baseline", "ratio", "target", "met")}
    assert rows[0]["ratio"] == 300.0 / 249.0 and rows[2]["ratio"] is None


def test_the_measurements_run(ledge, drop):
    actions = np.random.default_rng(0).random((2, 8, 3))
    assert benchmark.simulations_per_second([ledge, drop], actions, each=1) > 0
    assert benchmark.images_per_second([ledge], size=16, each=2) > 0
