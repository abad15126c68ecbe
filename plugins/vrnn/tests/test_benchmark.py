"""The benchmark's rows say what was measured against what."""

from worldmodels_vrnn.benchmark import run


def test_rows():
    rows = run(width=16, rounds=1)
    assert [row["case"] for row in rows] == ["10 frames after 2", "training step on 12 frames"]
    for row in rows:
        assert row["ratio"] == row["value"] / row["baseline"]
        assert row["met"] is (row["ratio"] <= float(row["target"].removeprefix("<= ")))
