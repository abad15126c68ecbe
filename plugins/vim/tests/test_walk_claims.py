"""The claims are measured on any checkpoint, and hold on the one that is shipped."""

import json

import pytest
import torch
from safetensors.torch import load_file

from experiments.transfer import transfer
from experiments.walk_claims import INNER, claims
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels_vim import SHIPPED, VIM
from worldmodels_vim.evaluate import RulesOptions, make_truth
from worldmodels_vim.rules import findings, follow

pytest.importorskip("worldmodels_envs.random_walk")


def test_claims_of_a_fresh_model(tmp_path):
    torch.manual_seed(0)
    model = build(VIM, WorldSpec((3, 32, 32)), "tiny", {"slots": 4}).eval()
    report, figures = claims(model, videos=4)
    for errors in figures["inner_iterations_px"].values():
        assert list(errors) == [str(n) for n in INNER]
    assert all(0 <= moved["mean"] <= 1 for moved in figures["transfer"].values()) and len(figures["transfer"]) == 4
    assert model.inner == 1 and not model.stays
    report.write(tmp_path)
    written = json.loads((tmp_path / "report.json").read_text())
    assert "Inner iterations" in [section["title"] for section in written["sections"]]


@pytest.fixture(scope="module")
def shipped():
    config = json.loads((SHIPPED / "config.json").read_text())
    model = build(VIM, WorldSpec.from_json(config["spec"]), None, config["config"])
    model.load_state_dict(load_file(SHIPPED / "model.safetensors"))
    return model.eval()


def test_shipped_rules_and_objects(shipped):
    assert sum(file.stat().st_size for file in SHIPPED.iterdir()) < 8e6
    found = findings(shipped, make_truth(RulesOptions("", videos=24, length=20)))
    assert found.table.purity > 0.97 and min(found.by_ball) > 0.95
    assert found.table.unmatched < 0.02, "the fifth module is hardly used"
    assert found.followed.agreement.mean() > 0.95
    assert found.error(5).mean() < 5


def test_shipped_dynamics_carry_over(shipped):
    assert transfer(shipped, videos=24, length=8).right.float().mean() > 0.75


def test_shipped_modules_compose(shipped):
    truth = make_truth(RulesOptions("", variant="compositional_5", videos=8, length=5))
    errors = []
    shipped.stays = True
    for inner in (1, 3, 8):
        shipped.inner = inner
        errors.append(follow(shipped, truth).distances[:, 1:].mean())
    shipped.inner, shipped.stays = 1, False
    assert errors[1] < 0.6 * errors[0], "more iterations bring slots nearer to balls that went further"
    assert errors[2] < 1.1 * errors[1], "and do not take them away again"
