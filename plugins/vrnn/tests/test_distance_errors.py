"""The shipped checkpoint predicts distances as its read-me says, and planning with it reaches goals."""

import json

import pytest
from safetensors.torch import load_file

from experiments.distance_errors import distance_errors
from worldmodels.config import build_config
from worldmodels.heads import HeadConfig, attach_heads
from worldmodels.plugins import build
from worldmodels.rewards import HeadReward
from worldmodels.spec import WorldSpec
from worldmodels.worlds import World
from worldmodels_vrnn import SHIPPED, VRNN

pytest.importorskip("worldmodels_envs.random_walk")


@pytest.fixture(scope="module")
def shipped():
    config = json.loads((SHIPPED / "config.json").read_text())
    model = build(VRNN, WorldSpec.from_json(config["spec"]), None, config["config"])
    attach_heads(model, {name: build_config(HeadConfig, head) for name, head in config["heads"].items()})
    model.load_state_dict(load_file(SHIPPED / "model.safetensors"))
    return model.eval()


def test_distances_ahead(shipped):
    assert sum(file.stat().st_size for file in SHIPPED.iterdir()) < 8e6
    errors = distance_errors(shipped, episodes=150, seed=3)
    assert errors[0][0] < 0.9, "of the frame that is seen"
    for horizon, most in ((1, 1.1), (3, 1.5)):
        told, persisted = errors[horizon]
        assert told < most and told < 0.45 * persisted, f"{horizon} steps ahead"


def test_planning_reaches_goals(shipped):
    planners = pytest.importorskip("worldmodels_agents.planners")
    from worldmodels_agents.measure import measure
    from worldmodels_agents.objective import Objective

    objective = Objective(HeadReward("distance", -1.0))
    planner = planners.RandomShooting(shipped, objective, horizon=4, samples=4, seed=0)
    trial = measure(planner, World.named("reach").make_vec(8), 8, seed=1)
    assert trial.successes.sum() >= 6
