"""The benchmark's row says what was measured against what."""

from worldmodels_vim.benchmark import run


def test_row():
    (row,) = run(batch=2, steps=2, rounds=1)
    assert row["ratio"] == row["baseline"] / row["value"]
    assert row["met"] is (row["ratio"] >= float(row["target"].removeprefix(">= ")))
