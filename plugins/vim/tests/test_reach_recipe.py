"""The demo's recipe begins with what the shipped model knows, and can be trained."""

import pytest
import torch

import worldmodels
from worldmodels.data import record
from worldmodels.training.command import main
from worldmodels.worlds import World
from worldmodels_vim import SHIPPED

pytest.importorskip("worldmodels_envs.random_walk")


def test_the_recipe_begins_with_the_shipped_model(tmp_path):
    record(World.named("reach"), None, 6, tmp_path / "data", seed=0, signals=("distance",), progress=False)
    words = ["experiment=vim_reach", f"data={tmp_path / 'data'}", f"out={tmp_path / 'run'}", "batch_size=2", "steps=1"]
    model = worldmodels.load(main([*words, "optimizer.lr=1e-9", "trainer=cpu"]))
    shipped = worldmodels.load(SHIPPED).state_dict()
    parts = ("encoder.", "attention.", "decoder.", "transition.bank.", "transition.posterior")
    taken = {name: tensor for name, tensor in model.state_dict().items() if name.startswith(parts)}
    assert len(taken) > 30
    for name, tensor in taken.items():
        torch.testing.assert_close(tensor, shipped[name], atol=1e-6, rtol=0)
    assert model.slot_count == 5 and set(model.heads) == {"distance", "terminated"}
