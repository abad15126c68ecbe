"""The benchmark's rows say what was measured against what."""

from worldmodels_jump.benchmark import TARGETS, run


def test_rows():
    rows = run(videos=1, rounds=1)
    cases = [row["case"] for row in rows]
    assert cases[0] == "frame 40 alone beside frame 1"
    assert all(any(name in case for name in TARGETS) for case in cases[1:])
    assert rows[0]["ratio"] == rows[0]["value"] / rows[0]["baseline"]
    for row in rows[1:]:
        assert row["ratio"] == row["baseline"] / row["value"] and row["met"] is (
            row["ratio"] >= float(row["target"][3:])
        )
