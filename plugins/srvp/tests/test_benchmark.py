"""The benchmark's rows say what was measured against what."""

from worldmodels_srvp.benchmark import SIZES, Sizes, run

SMALL = {"nx": 32, "nf": 4, "nhx": 16, "nh_inf": 12, "nh_res": 14}


def test_rows() -> None:
    rows = run(dict.fromkeys(SIZES, Sizes(2, 6, 5, 3)), rounds=1, **SMALL)
    assert len(rows) == 20
    for seconds, speed in zip(rows[::2], rows[1::2], strict=True):
        assert (seconds["unit"], speed["unit"]) == ("s", "frames/s") and seconds["case"] == speed["case"]
        assert seconds["ratio"] == seconds["baseline"] / seconds["value"] == speed["ratio"]
        frames = 2 * 6 if "training" in seconds["case"] else 2 * 3
        assert speed["value"] == frames / seconds["value"] and speed["baseline"] == frames / seconds["baseline"]
    aims = {row["case"]: row["target"] for row in rows if row["target"]}
    assert aims["smmnist: training step, 2 x 6 frames"] == ">= 1.3"
    assert aims["bair: 3 frames after 5, 2 videos"] == ">= 1.5"
    assert len(aims) == 4 and all(
        row["met"] is (row["ratio"] >= float(row["target"][3:])) for row in rows if row["target"]
    )
