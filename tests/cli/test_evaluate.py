import json

import pytest

from worldmodels.cli.evaluate import run
from worldmodels.errors import InputError, PluginError, UnknownNameError
from worldmodels.evaluation.evaluation import checkpoint_paths, evaluations, exactly, load_evaluation
from worldmodels.evaluation.intervals import mean_interval

MODULE = """
from dataclasses import dataclass
from worldmodels.evaluation.evaluation import Evaluation, Result, exactly
from worldmodels.evaluation.report import Column, Report, Table


@dataclass(frozen=True)
class Options:
    '''Doubles.

    Attributes:
        value: What to double.
        out: The report's folder.
    '''

    value: float
    out: str = "runs/doubling"


def double(options):
    report = Report("Doubled").add(Table("Doubled", [Column("twice")], [[2 * options.value]]))
    return Result({"it": {"twice": exactly(2 * options.value)}}, report)


EVALUATION = Evaluation("doubling", Options, double)
WRONG = 3
"""


@pytest.fixture(autouse=True)
def doubling(tmp_path, monkeypatch):
    (tmp_path / "doubling_evaluation.py").write_text(MODULE)
    metadata = tmp_path / "doubling-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: doubling\nVersion: 1.0\n")
    points = {"doubling": "doubling_evaluation:EVALUATION", "wrong": "doubling_evaluation:WRONG", "gone": "no_such:X"}
    lines = "".join(f"{name} = {target}\n" for name, target in points.items())
    (metadata / "entry_points.txt").write_text(f"[worldmodels.evaluations]\n{lines}")
    monkeypatch.syspath_prepend(str(tmp_path))


def test_figures_and_report_lie_in_the_folder(tmp_path, capsys):
    run(["doubling", "value=4", f"out={tmp_path / 'report'}"])
    assert "8" in capsys.readouterr().out
    figures = json.loads((tmp_path / "report/result.json").read_text())
    assert figures == {"it": {"twice": {"mean": 8.0, "low": None, "high": None, "n": 1}}}
    report = json.loads((tmp_path / "report/report.json").read_text())
    assert report["provenance"]["command"].startswith("worldmodels evaluate doubling value=4")


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        ([], InputError, "needs a name: .*doubling"),
        (["doublin"], UnknownNameError, "Did you mean 'doubling'"),
        (["doubling", "valu=3"], InputError, "needs value="),
        (["doubling", "value=3", "valu=3"], UnknownNameError, "Did you mean 'value'"),
        (["wrong"], PluginError, "of doubling .* is no worldmodels"),
        (["gone"], PluginError, "of doubling .* cannot be imported: .*No module named 'no_such'"),
    ],
)
def test_what_does_not_fit_is_one_line(words, error, message):
    with pytest.raises(error, match=message):
        run(words)


@pytest.mark.parametrize("name", ["prediction", "likelihood"])
def test_ours_have_the_common_form(name):
    found = load_evaluation(name)
    assert name in evaluations() and found.name == name


def test_one_checkpoint_or_several():
    assert checkpoint_paths("a") == ("a",) and checkpoint_paths(["a", "b"]) == ("a", "b")


def test_an_exact_figure_has_no_interval():
    assert exactly(3).to_json() == {"mean": 3.0, "low": None, "high": None, "n": 1}
    assert mean_interval([1.0, 2.0]).to_json()["low"] is not None
