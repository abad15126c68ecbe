import csv
import importlib.util
import sqlite3

import pytest

from worldmodels.errors import InputError
from worldmodels.training import TrainConfig, TrainerConfig, train

LOSS = "train/total"


def go(model, store, out, steps, logger):
    config = TrainConfig(
        steps=steps,
        batch_size=2,
        length=4,
        held_out=0,
        log_every=2,
        save_every=2,
        trainer=TrainerConfig(accelerator="cpu", logger=logger),
    )
    return train(model, store, out, config, progress=False)


def csv_steps(path):
    with path.open() as file:
        return [int(row["step"]) for row in csv.DictReader(file) if row[LOSS]]


def test_csv_keeps_what_was_written_before_a_training_goes_on(store, make_model, tmp_path):
    go(make_model(), store, tmp_path, 4, "csv")
    go(make_model(), store, tmp_path, 8, "csv")
    first, second = sorted(tmp_path.glob("logs/version_*/metrics.csv"))
    assert csv_steps(first) == [2, 4]
    assert csv_steps(second) == [6, 8]


def test_a_training_in_trackio_goes_on_in_its_run(store, make_model, tmp_path, monkeypatch, capsys):
    pytest.importorskip("trackio", reason="the extra `trackio` is not installed")
    from trackio import sqlite_storage, utils

    for module in (sqlite_storage, utils):  # read when it is imported
        monkeypatch.setattr(module, "TRACKIO_DIR", tmp_path / "trackio")
    monkeypatch.delenv("TRACKIO_SPACE_ID", raising=False)
    go(make_model(), store, tmp_path / "run", 4, "trackio")
    go(make_model(), store, tmp_path / "run", 8, "trackio")
    assert capsys.readouterr().out == ""
    with sqlite3.connect(tmp_path / "trackio" / "worldmodels.db") as database:
        rows = database.execute("select run_name, step from metrics order by step").fetchall()
    assert [step for _, step in rows] == [2, 4, 6, 8]
    assert {name for name, _ in rows} == {f"run-{(tmp_path / 'run' / 'logs' / 'run-id').read_text()}"}


@pytest.mark.slow
def test_a_training_in_wandb_goes_on_in_its_run(store, make_model, tmp_path, monkeypatch):
    pytest.importorskip("wandb", reason="the extra `wandb` is not installed")
    monkeypatch.setenv("WANDB_MODE", "offline")
    go(make_model(), store, tmp_path, 4, "wandb")
    go(make_model(), store, tmp_path, 8, "wandb")
    named = (tmp_path / "logs" / "run-id").read_text()
    runs = sorted(tmp_path.glob(f"logs/wandb/offline-run-*-{named}/run-{named}.wandb"))
    assert runs
    assert all(LOSS.encode() in run.read_bytes() for run in runs)


def test_a_missing_package_is_named(store, make_model, tmp_path, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "wandb" else found(name))
    with pytest.raises(InputError, match=r'pip install "worldmodels-core\[wandb\]"'):
        go(make_model(), store, tmp_path, 2, "wandb")
