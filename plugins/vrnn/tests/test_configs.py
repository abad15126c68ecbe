"""The shipped experiments compose, and build the model that they name."""

from pathlib import Path

import pytest
from gymnasium.spaces import Discrete

from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels_vrnn import VRNN

yaml = pytest.importorskip("yaml")
EXPERIMENTS = sorted((Path(__file__).parents[1] / "worldmodels_vrnn/configs/experiment").glob("*.yaml"))


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_experiment(path):
    settings = yaml.safe_load(path.read_text())
    assert settings["model"]["name"] == "vrnn"
    model = build(VRNN, WorldSpec((3, 32, 32), Discrete(4)), settings["model"]["preset"])
    assert settings["length"] >= model.minimum_frames
    assert sum(parameter.numel() for parameter in model.parameters()) * 4 < 8e6, "checkpoints stay below 8 MB"
