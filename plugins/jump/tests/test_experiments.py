"""The shipped experiments compose, and build the model that they name."""

from pathlib import Path

import pytest
from gymnasium.spaces import Discrete

from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels_jump.model import JUMP

yaml = pytest.importorskip("yaml")
EXPERIMENTS = sorted((Path(__file__).parents[1] / "worldmodels_jump/configs/experiment").glob("*.yaml"))


@pytest.mark.parametrize("latent", ["scene", "target", "none"])
@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_experiment(path, latent):
    settings = yaml.safe_load(path.read_text())
    assert settings["model"]["name"] == "jump"
    config = {**settings["model"]["config"], "latent": latent}
    model = build(JUMP, WorldSpec((3, 32, 32), Discrete(4 if "reach" in path.stem else 1)), None, config)
    assert settings["length"] >= model.minimum_frames
    assert settings.get("span", settings["length"]) >= settings["length"]
    assert sum(parameter.numel() for parameter in model.parameters()) * 4 < 8e6, "checkpoints stay below 8 MB"
