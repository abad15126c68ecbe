"""A row of the ablation trains, is evaluated and leaves its figures."""

import json

import pytest

from experiments.digits_ablation import ROWS, ablate
from worldmodels.errors import InputError, UnknownNameError
from worldmodels.testing.plugins import install

pytest.importorskip("worldmodels_envs.moving_digits")
pytest.importorskip("sklearn")


@pytest.fixture
def registered(tmp_path, monkeypatch):
    from worldmodels.plugins import available

    if "vrnn" not in available():
        monkeypatch.syspath_prepend(install(tmp_path / "packages", "vrnn", "worldmodels_vrnn.model:VRNN"))


@pytest.mark.usefixtures("registered")
def test_ablation(tmp_path, monkeypatch):
    monkeypatch.setattr("experiments.digits_ablation.TRAIN_VIDEOS", 20)
    monkeypatch.setattr("experiments.digits_ablation.TEST_VIDEOS", 4)
    figures = ablate("dense-warm-up", tmp_path / "row", steps=2, width=4)
    assert json.loads((tmp_path / "row/result.json").read_text()) == figures
    for split in ("train", "test"):
        parts = figures[split]
        assert parts["objective"] == pytest.approx(parts["loss"] + sum(parts["kl"].values()))
        assert set(parts["active"]) == {"1", "4", "8", "all"}
        assert {level: len(kl) for level, kl in parts["channels"].items()} == {"1": 8, "4": 8, "8": 4}
    report = (tmp_path / "row/report.html").read_text()
    assert "KL of each latent channel" in report
    assert "those imagined" in report


def test_rows_differ_in_what_they_are_named_for():
    assert {row for row in ROWS if ROWS[row].get("beta_warmup")} == set(ROWS) - {"naive", "dense"}
    assert {row for row in ROWS if not ROWS[row].get("dense", True)} == {"naive", "warm-up"}


def test_what_there_is_not_is_refused(tmp_path):
    with pytest.raises(UnknownNameError, match="dense-warm-up"):
        ablate("dense-warmup", tmp_path)
    with pytest.raises(InputError, match=r"steps ?= ?0"):
        ablate("naive", tmp_path, steps=0)


@pytest.mark.usefixtures("registered")
def test_a_folder_of_other_videos_is_refused(tmp_path, monkeypatch):
    for videos in (3, 4):
        monkeypatch.setattr("experiments.digits_ablation.TRAIN_VIDEOS", videos)
        if videos == 3:
            ablate("1-convlstm", tmp_path, steps=1, width=4)
        else:
            with pytest.raises(InputError, match="holds other videos"):
                ablate("1-convlstm", tmp_path, steps=1, width=4)
