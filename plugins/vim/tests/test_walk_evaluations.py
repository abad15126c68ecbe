"""The evaluations that VIM's claims name."""

import pytest
import torch

import worldmodels
from experiments.walk_claims import UNSEEN as KNOWN
from experiments.walk_evaluations import REACH, TRANSFER, UNSEEN
from worldmodels.evaluation.evaluation import load_evaluation
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels_vim.model import VIM

pytest.importorskip("worldmodels_envs")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    torch.manual_seed(0)
    model = build(VIM, WorldSpec((3, 32, 32)), None, {"slots": 4, "modules": 5})
    return str(worldmodels.save(model, tmp_path_factory.mktemp("vim")))


def test_transfer_measures_every_change(checkpoint):
    figures = TRANSFER.run(TRANSFER.config(checkpoint, videos=2)).figures[checkpoint]
    assert list(figures) == list(UNSEEN) and set(UNSEEN.values()) == set(KNOWN)
    assert all(0 <= figure.mean <= 1 and figure.n == 2 for figure in figures.values())


def test_reach_grounds_actions_and_plays(checkpoint):
    pytest.importorskip("worldmodels_agents")
    figures = REACH.run(REACH.config(checkpoint, episodes=2)).figures[checkpoint]
    assert figures["success"].n == 2 and 0 <= figures["agreement"].mean <= 1


@pytest.mark.parametrize(("name", "evaluation"), [("TRANSFER", TRANSFER), ("REACH", REACH)])
def test_claims_find_them_beside_the_package(name, evaluation):
    assert load_evaluation(f"experiments.walk_evaluations:{name}").config is evaluation.config
