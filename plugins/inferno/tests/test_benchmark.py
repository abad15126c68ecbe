"""The benchmark's rows say what was measured against what."""

from worldmodels_inferno.benchmark import run


def test_rows():
    rows = run(frames=1, horizon=2, rounds=1)
    assert [row["case"] for row in rows] == ["rendering", "training step", "2 steps imagined without rendering"]
    for row in rows:
        assert row["ratio"] == row["baseline"] / row["value"]
        assert row["met"] is (row["ratio"] >= float(row["target"][3:]))
