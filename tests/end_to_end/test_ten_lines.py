"""Ten lines lead from `gym.make` of a recipe's environment to a planner in a learned model of it."""

import pytest

import worldmodels

LIGHT = {
    "worldmodels_envs": ("reach",),
    "gymnasium": ("cartpole", "acrobot", "pendulum"),
    "minigrid": ("minigrid_empty", "minigrid_doorkey"),
}
SCRIPT = """
import dataclasses, worldmodels as wm, worldmodels_agents.planners as search, worldmodels_agents.objective as objective
from worldmodels.data import record
from worldmodels.rewards import HeadReward
from worldmodels.training import TrainConfig, train
world = dataclasses.replace(wm.World.named(NAME), max_steps=12)
store = record(world, None, episodes=2, path=FOLDER + "/data", seed=0)
wm.attach_heads(model := wm.create("rssm", store.spec, preset="tiny"), {"reward": wm.HeadConfig("reward")})
run = train(model, store, FOLDER + "/run", TrainConfig(steps=1, batch_size=2, length=4, held_out=0))
planner = search.CEM(wm.load(run), objective.Objective(HeadReward()), horizon=2, samples=8)
action, memory = planner.predict(world.make().reset(seed=0)[0])
"""


@pytest.mark.parametrize(("package", "name"), [(p, n) for p, names in LIGHT.items() for n in names])
def test_ten_lines_lead_to_a_planner(package, name, tmp_path):
    pytest.importorskip(package)
    if "rssm" not in worldmodels.available():
        pytest.skip("worldmodels-rssm is not installed")
    told = {"NAME": name, "FOLDER": str(tmp_path)}
    assert len(SCRIPT.strip().splitlines()) <= 10
    exec(SCRIPT, told)
    assert told["world"].make().action_space.contains(told["action"])
