import torch

from worldmodels.benchmarks.imagined import run


def test_rows_are_whole():
    threads = torch.get_num_threads()
    rows = run(seconds=0.01)
    assert len(rows) == 4 and torch.get_num_threads() == threads
    for row in rows:
        assert row.keys() == {"case", "value", "unit", "baseline", "ratio", "target", "met"}
        assert row["value"] > 0 and row["baseline"] > 0
