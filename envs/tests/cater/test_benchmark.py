import pytest

pytest.importorskip("pybullet")
pytest.importorskip("av")

from worldmodels_envs.cater import benchmark

KEYS = {"case", "value", "unit", "baseline", "ratio", "target", "met"}


@pytest.mark.parametrize(
    "measure",
    [
        lambda: [benchmark.truth_rate(videos=2)],
        lambda: [benchmark.render_rate(16, 1)],
        lambda: benchmark.write_scaling(videos=4, rounds=1),
    ],
)
def test_rows(measure):
    for row in measure():
        assert row.keys() == KEYS and row["value"] > 0 and isinstance(row["met"], bool)
        assert (row["ratio"] is None) == (row["baseline"] is None)
