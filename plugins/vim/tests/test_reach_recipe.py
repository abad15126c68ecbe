"""The demo's recipe is trained as it stands."""

import pytest

import worldmodels
from worldmodels.data import record
from worldmodels.training.command import main
from worldmodels.worlds import World

pytest.importorskip("worldmodels_envs.random_walk")


def test_the_recipe_gives_a_model_of_the_controlled_ball(tmp_path):
    record(World.named("reach"), None, 6, tmp_path / "data", seed=0, signals=("distance",), progress=False)
    words = ["experiment=vim_reach", f"data={tmp_path / 'data'}", f"out={tmp_path / 'run'}", "batch_size=2", "steps=1"]
    model = worldmodels.load(main([*words, "trainer=cpu"]))
    assert model.slot_count == 5 and model.roles is not None and model.transition.octaves == 4
    assert set(model.heads) == {"distance", "terminated"} and model.codec.dim == 4
