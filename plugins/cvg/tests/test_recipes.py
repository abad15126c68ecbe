import pytest

import worldmodels
from worldmodels.spec import WorldSpec
from worldmodels.training.command import read
from worldmodels.training.settings import compose


@pytest.mark.parametrize(
    ("recipe", "stage", "frozen"),
    [
        ("cvg_shapes_outline", "level1", {"generator2", "critic2"}),
        ("cvg_shapes_detail", "level2", {"generator1", "critic1"}),
        ("cvg_reach", "level1", {"generator2", "critic2"}),
    ],
)
def test_recipes_train_one_level(recipe, stage, frozen):
    settings = read(compose([f"experiment={recipe}"]))
    model = worldmodels.create("cvg", WorldSpec((3, 32, 32)), config=settings.model.config)
    (learning,) = model.stages
    assert learning.name == stage and set(learning.frozen) == frozen
    assert [level.size for level in model.levels] == [(16, 16), (32, 32)]
    assert settings.length >= model.minimum_frames
    assert settings.parts == (("generators.0.", "encoder.") if stage == "level2" else ())
