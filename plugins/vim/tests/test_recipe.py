"""A row of the recipe trains, is evaluated, and leaves figures and a checkpoint."""

import json

import pytest

import worldmodels
from worldmodels.registry import available
from worldmodels.testing.plugins import install
from worldmodels_vim import recipe

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
