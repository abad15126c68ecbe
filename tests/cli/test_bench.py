import json

import pytest

from worldmodels.cli.bench import run
from worldmodels.errors import PluginError, UnknownNameError

ROW = (
    "{'case': 'c', 'value': 1234.5, 'unit': 'steps/s', 'baseline': 2469.0, 'ratio': 0.5, 'target': '>= 0.4', 'met': %s}"
)


@pytest.fixture
def benchmarks(tmp_path, monkeypatch):
    metadata = tmp_path / "site" / "speeds-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: speeds\nVersion: 1.0\n")
    points = "[worldmodels.benchmarks]\nquick = stranger_speeds:quick\nslow = stranger_speeds:slow\n"
    (metadata / "entry_points.txt").write_text(points)
    source = f"def quick(): return [{ROW % True}]\ndef slow(): return [{ROW % False}]\n"
    (tmp_path / "site" / "stranger_speeds.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))


def test_rows_are_shown_and_written(benchmarks, tmp_path, capsys):
    assert run(["quick", f"out={tmp_path}/rows.json"]) == 0
    assert "1,234.5 steps/s" in capsys.readouterr().out
    assert json.loads((tmp_path / "rows.json").read_text())[0]["ratio"] == 0.5


def test_a_missed_target_is_an_error_code(benchmarks, capsys):
    assert run(["slow"]) == 1
    assert "NO" in capsys.readouterr().out


def test_an_unknown_benchmark(benchmarks):
    with pytest.raises(UnknownNameError, match="'quick'"):
        run(["quik"])


def test_a_benchmark_whose_extra_is_missing(benchmarks, tmp_path, capsys):
    (tmp_path / "site" / "stranger_bare.py").write_text("def bare():\n    import nowhere_to_be_found\n")
    entries = tmp_path / "site" / "speeds-1.0.dist-info" / "entry_points.txt"
    entries.write_text(entries.read_text() + "bare = stranger_bare:bare\n")
    with pytest.raises(PluginError, match="nowhere_to_be_found"):
        run(["bare"])
