"""A row of the recipe trains, is evaluated, and leaves figures and a checkpoint."""

import json

import pytest
import torch

import worldmodels
from experiments import walk_recipe as recipe
from worldmodels.checkpoints import save
from worldmodels.plugins import available, build
from worldmodels.spec import WorldSpec
from worldmodels.testing.plugins import install
from worldmodels_vim import VIM

pytest.importorskip("worldmodels_envs.random_walk")


@pytest.fixture
def small(tmp_path, monkeypatch):
    for name, target in (("vim", "worldmodels_vim.model:VIM"), ("scoff", "worldmodels_vim.scoff:SCOFF")):
        if name not in available():
            monkeypatch.syspath_prepend(install(tmp_path / name, name, target))
    monkeypatch.setattr(recipe, "VIDEOS", 8)
    monkeypatch.setattr(recipe, "TEST_VIDEOS", 4)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("row", ["scoff", "compositional"])
def test_row(row, tmp_path):
    figures = recipe.run(row, tmp_path / "row", steps=4, batch_size=2)
    assert json.loads((tmp_path / "row/result.json").read_text()) == figures
    assert 0 <= figures["hues"]["purity"] <= 1 and len(figures["primaries"]["by_ball"]) == 3
    model = worldmodels.load(tmp_path / "row/checkpoint")
    assert model.inner == recipe.ROWS[row].settings.get("inner", 1)


@pytest.mark.usefixtures("small")
def test_transitions_alone(tmp_path):
    torch.manual_seed(1)
    before = build(VIM, WorldSpec((3, 32, 32)))
    begin = save(before, tmp_path / "begin")
    recipe.run("vim-2", tmp_path / "row", steps=2, batch_size=2, begin=begin)
    model = worldmodels.load(tmp_path / "row/checkpoint")
    for name in ("encoder", "attention", "decoder"):
        after = model.get_submodule(name).state_dict()
        assert all(torch.equal(after[key], value) for key, value in before.get_submodule(name).state_dict().items())
    torch.manual_seed(0)
    fresh = build(VIM, WorldSpec((3, 32, 32)), None, {"modules": 2})
    assert model.module_count == 2
    assert not torch.equal(model.transition.key[0].weight, fresh.transition.key[0].weight)
