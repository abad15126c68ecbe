import json

import pytest
import torch

from worldmodels import checkpoints
from worldmodels.cli.main import main
from worldmodels.errors import InputError, UnknownNameError
from worldmodels.evaluation.factors import factors_of, under
from worldmodels.testing.plugins import install
from worldmodels.testing.toy import Toy, ToyConfig
from worldmodels.worlds import World

pytest.importorskip("worldmodels_envs")
REACH = World("worldmodels_envs:worldmodels/RandomWalkReach-v0", size=None)
FEW = ["videos=3", "context=2", "horizon=2", "samples=2", "metrics=[psnr]"]


@pytest.fixture
def trained(tmp_path, monkeypatch):
    """Two checkpoints of toys of one world."""
    monkeypatch.syspath_prepend(install(tmp_path / "site", "toy", "worldmodels.testing.toy:Toy"))
    for seed in range(2):
        torch.manual_seed(seed)
        model = Toy(REACH.spec(), ToyConfig(state=4, hidden=8))
        checkpoints.save(model, tmp_path / f"toy{seed}", provenance={"world": REACH.to_json(), "step": 5})
    return [str(tmp_path / f"toy{seed}") for seed in range(2)]


def tables(folder):
    report = json.loads((folder / "report.json").read_text())
    return {section["title"]: section["rows"] for section in report["sections"] if section["kind"] == "table"}


def test_predictions_are_reported_under_each_factor(trained, tmp_path, capsys):
    words = [f"checkpoints=[{','.join(trained)}]", *FEW, "variation=[colours]", f"out={tmp_path / 'out'}"]
    assert main(["evaluate", "prediction", *words]) == 0
    rows = tables(tmp_path / "out")["By factor of variation"]
    assert [row[:2] for row in rows] == [
        [factor, subject] for factor in ("none", "colours") for subject in (*trained, "copy last frame")
    ]
    # Colours are others, so a model's error is another one too: the episodes did vary.
    assert rows[0][2]["mean"] != rows[3][2]["mean"]
    figures = json.loads((tmp_path / "out" / "result.json").read_text())
    assert figures[trained[0]]["psnr_under_colours"] == rows[3][2]
    assert "By factor of variation" in capsys.readouterr().out


def test_compare_puts_models_and_factors_into_one_report(trained, tmp_path, capsys):
    few = [f"settings.prediction.{word}" for word in FEW]
    words = [f"checkpoints=[{','.join(trained)}]", "evaluations=[prediction,likelihood]", "variation=[colours]", *few]
    assert main(["compare", *words, f"out={tmp_path / 'out'}"]) == 0
    found = tables(tmp_path / "out")
    assert [row[0] for row in found["All models"]] == [*trained, "copy last frame"]
    assert len(found["By factor of variation"]) == 6
    shown = capsys.readouterr().out
    assert f"likelihood of {trained[0]} is left out: " in shown and "training steps" in shown


def test_factors_are_named():
    assert "colours" in factors_of(REACH, ["all"])
    assert under(REACH, "colours").variation == ("colours",)
    with pytest.raises(UnknownNameError, match="Did you mean 'colours'"):
        factors_of(REACH, ["colors"])
    with pytest.raises(InputError, match="has no factors"):
        factors_of(World("CartPole-v1", frame="render"), ["all"])


def test_settings_of_an_evaluation_that_is_not_run_are_refused(trained, capsys):
    words = [f"checkpoints={trained[0]}", "settings.control.episodes=2", "evaluations=[prediction]"]
    assert main(["compare", *words]) == 2
    assert "only prediction are run" in capsys.readouterr().err
