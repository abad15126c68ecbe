"""`worldmodels evaluate surprise` on a saved VideoFlow."""

import json

import pytest

import worldmodels
from worldmodels.cli.evaluate import run
from worldmodels.errors import InputError
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels_videoflow.model import VideoFlow

MODULE = """
from types import SimpleNamespace
import numpy as np

KINDS = ("white", "grey")


def make(pairs=6, size=8):
    possible = np.full((pairs, 3, size, size, 3), 120, np.uint8)
    impossible, kinds = possible.copy(), np.arange(pairs) % 2
    impossible[kinds == 0, 2], impossible[kinds == 1, 2] = 255, 121
    return SimpleNamespace(possible=possible, impossible=impossible, kinds=kinds, time=2)
"""


@pytest.fixture
def checkpoint(tmp_path, monkeypatch):
    (tmp_path / "flat_events.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    model = build(VideoFlow, WorldSpec((3, 8, 8)), "tiny", {"cells": "uniform"})
    return str(worldmodels.save(model, tmp_path / "model"))


def test_figures_of_the_likelihood_the_error_and_the_change(checkpoint, tmp_path, capsys):
    run(["surprise", f"checkpoints={checkpoint}", "events=flat_events:make", f"out={tmp_path / 'report'}"])
    figures = json.loads((tmp_path / "report/result.json").read_text())
    assert set(figures) == {checkpoint, f"{checkpoint}, prediction error", "change of the frame"}
    names = {"auroc", "auroc_white", "auroc_grey"}
    assert set(figures[checkpoint]) == names | {f"error_{name}" for name in names}
    error = figures[f"{checkpoint}, prediction error"]
    assert all(figures[checkpoint][f"error_{name}"] == error[name] for name in names)
    # An untrained flow holds white for less probable than grey, and a change by one level for a change.
    assert figures[checkpoint]["auroc_white"]["mean"] == 1 and figures["change of the frame"]["auroc"]["mean"] == 1
    assert "Telling impossible events" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["events=flat_events"], "is not module:function"),
        (["events=flat_events:mak"], "is not module:function"),
        (["events=flat_events:make", "options.size=16"], "takes frames of"),
        (["events=flat_events:make", "options.sizes=16"], "refuses its options"),
    ],
)
def test_what_does_not_fit_is_one_line(checkpoint, words, message):
    with pytest.raises(InputError, match=message):
        run(["surprise", f"checkpoints={checkpoint}", *words])
