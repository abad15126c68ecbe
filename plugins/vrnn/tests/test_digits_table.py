"""Results of the ablation are put side by side, and only comparable ones."""

import json
import sys

import pytest

from experiments.channel_activity import plot_activity
from experiments.digits_table import collect, main, table
from worldmodels.errors import InputError


def leave(folder, row, seed, loss, steps=9):
    channels = {"1": [0.02, 0.3, 0.0], "4": [0.0, 0.0]}
    test = {"objective": loss + 3.0, "loss": loss, "kl": {"1": 1.0, "4": 2.0}, "active": {"all": 0.25}}
    figures = {"row": row, "seed": seed, "steps": steps, "width": 8, "pixels": "l1", "parameters": 1234}
    figures |= {"cpu_seconds": 10 * (seed + 1), "test": {**test, "channels": channels}}
    (folder / f"{row}-{seed}").mkdir()
    (folder / f"{row}-{seed}" / "result.json").write_text(json.dumps(figures))


def test_rows_with_the_spread_over_seeds(tmp_path):
    for row, seed, loss in (("naive", 0, 40.0), ("naive", 1, 50.0), ("1-convlstm", 0, 60.0)):
        leave(tmp_path, row, seed, loss)
    lines = table(collect(tmp_path)).splitlines()
    assert lines[2] == "| `1-convlstm` | 1,234 | 10 | 1 | 63.0 | 60.0 | 3.0 | 25% |"
    assert "| 15 | 2 | 48.0 (43.0 to 53.0) | 45.0 (40.0 to 50.0) | 3.0 (3.0 to 3.0) | 25% (25% to 25%) |" in lines[3]


def test_other_budgets_and_empty_folders_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"no result\.json"):
        collect(tmp_path)
    leave(tmp_path, "naive", 0, 1.0)
    leave(tmp_path, "naive", 1, 1.0, steps=10)
    with pytest.raises(InputError, match="differ in"):
        collect(tmp_path)


@pytest.mark.parametrize(("text", "message"), [("{", "is not JSON"), ("[]", "is no result"), ("{}", "is no result")])
def test_other_files_are_named(tmp_path, text, message):
    (tmp_path / "result.json").write_text(text)
    with pytest.raises(InputError, match=message):
        collect(tmp_path)


def test_command_draws_the_rows_side_by_side(tmp_path, monkeypatch, capsys):
    plot = tmp_path / "channels.svg"
    monkeypatch.setattr(sys, "argv", ["comparison", str(tmp_path), "--plot", str(plot)])
    for seed in (0, 1):
        leave(tmp_path, "naive", seed, 1.0)
    with pytest.raises(SystemExit):
        main()
    assert "no result of dense-warm-up" in capsys.readouterr().err
    leave(tmp_path, "dense-warm-up", 0, 1.0)
    main()
    assert "| `dense-warm-up` |" in capsys.readouterr().out
    assert plot.read_text().lstrip().startswith("<?xml")
    with pytest.raises(InputError, match=r"\.svg or \.png"):
        plot_activity(collect(tmp_path), tmp_path / "channels.bmp")
