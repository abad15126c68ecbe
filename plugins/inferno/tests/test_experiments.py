"""The shipped experiments compose, and build the models that they name."""

from pathlib import Path

import pytest
from gymnasium.spaces import MultiDiscrete

from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels_inferno.model import INFERNO

yaml = pytest.importorskip("yaml")
EXPERIMENTS = sorted((Path(__file__).parents[1] / "worldmodels_inferno/configs/experiment").glob("*.yaml"))


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_experiment(path):
    settings = yaml.safe_load(path.read_text())
    chosen = settings["model"]
    if chosen["name"] != "inferno":
        pytest.importorskip(f"worldmodels_{chosen['name']}")
        return
    spec = WorldSpec((3, 64, 64), MultiDiscrete([4, 4, 36, 4]))
    model = build(INFERNO, spec, chosen.get("preset"), chosen.get("config"))
    assert sum(parameter.numel() for parameter in model.parameters()) * 4 < 8e6, "checkpoints stay below 8 MB"
    assert (model.dynamics is None) == (model.config.moving == 0)
