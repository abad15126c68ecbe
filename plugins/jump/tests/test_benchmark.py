"""The benchmark's rows say what was measured against what."""

from worldmodels_jump.benchmark import TARGETS, run


def test_rows():
    rows = run(videos=2, rounds=1)
    alone = [row for row in rows if "beside frame 1" in row["case"]]
    assert [row["case"].split(":")[0] for row in alone] == ["1 video", "2 videos"]
    assert all(row["ratio"] == row["value"] / row["baseline"] for row in alone)
    for row in rows:
        if row not in alone:
            assert any(name in row["case"] for name in TARGETS)
            assert row["ratio"] == row["baseline"] / row["value"]
            assert row["met"] is (row["ratio"] >= float(row["target"][3:]))
