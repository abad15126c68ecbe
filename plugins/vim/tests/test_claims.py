"""The claims are measured on any checkpoint, and hold on the one that is shipped."""

import json

import pytest
import torch

from worldmodels.registry import build
from worldmodels.spec import WorldSpec
from worldmodels_vim import VIM
from worldmodels_vim.claims import INNER, claims

pytest.importorskip("worldmodels_envs.random_walk")


def test_claims_of_a_fresh_model(tmp_path):
    torch.manual_seed(0)
    model = build(VIM, WorldSpec((3, 32, 32)), "tiny", {"slots": 4}).eval()
    report, figures = claims(model, videos=4)
    assert list(figures["inner_iterations_px"]) == [str(n) for n in INNER]
    assert 0 <= figures["transfer"]["mean"] <= 1 and model.inner == 1
    report.write(tmp_path)
    written = json.loads((tmp_path / "report.json").read_text())
    assert "Inner iterations" in [section["title"] for section in written["sections"]]
