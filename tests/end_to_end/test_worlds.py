"""From an id to an agent in a learned world, by the verbs alone: no wrapper of the user's, nothing said twice."""

import shutil

import gymnasium
import numpy as np
import pytest

from worldmodels.checkpoints import find, read_config
from worldmodels.cli.main import main
from worldmodels.worlds import World

pytest.importorskip("worldmodels_agents")
pytest.importorskip("pygame")

TINY = ["world.size=[16,16]", "world.max_steps=12"]
WORLDS = {
    "cartpole": ["world=cartpole", *TINY],
    "pendulum": ["env=Pendulum-v1", "world.frame=render", *TINY],
    "minigrid": ["world=minigrid", *TINY],
}


def run(*words):
    assert main([str(word) for word in words]) == 0


@pytest.mark.parametrize("name", WORLDS)
def test_what_was_recorded_can_be_planned_learned_evaluated_and_imagined_in(name, toy, tmp_path, monkeypatch, capsys):
    if name == "minigrid":
        pytest.importorskip("minigrid")
    monkeypatch.chdir(tmp_path)
    run("record", *WORLDS[name], "out=data", "episodes=4")
    heads = ["heads.reward.target=reward", "heads.terminated.target=terminated", "heads.terminated.loss=bce"]
    quick = ["steps=50", "batch_size=2", "length=4", "model.config.hidden=8", "trainer=cpu", "held_out=0"]
    run("train", f"model={toy}", "data=data", *heads, *quick, "out=run")
    own = World.from_json(read_config(find("run"))["provenance"]["world"])
    assert own.size == (16, 16) and own.max_steps == 12 and own.frame == "render"

    few = ["episodes=2", "environments=2", "horizon=3"]
    run("plan", "checkpoint=run", *few, "samples=4", "planner=shooting")
    shown = capsys.readouterr().out
    assert "real return" in shown and ("real success" in shown) == (own.success is not None)
    run("learn", "checkpoint=run", *few, "ppo.total_timesteps=32", "ppo.batch_size=16")
    assert "gap" in capsys.readouterr().out
    run(
        "evaluate", "prediction", "checkpoints=run", "videos=3", "context=2", "horizon=2", "samples=2", "metrics=[psnr]"
    )
    assert "copy last frame" in capsys.readouterr().out

    kept = imagined_start()
    shutil.rmtree("data")
    live = imagined_start()
    frame = own.make().reset(seed=0)[0]
    for start in (kept, live):
        assert start.shape == (2, *frame.shape) and start.dtype == np.uint8


def imagined_start():
    """The first observations of imagined environments made from the checkpoint alone."""
    env = gymnasium.make_vec("worldmodels/Imagined-v0", num_envs=2, checkpoint="run", horizon=3, context=2)
    observation, _ = env.reset(seed=0)
    env.step(env.action_space.sample())
    return observation


@pytest.mark.parametrize("verb", ["plan", "learn"])
def test_another_world_than_the_models_is_one_line(verb, toy, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run("record", "world=cartpole", *TINY, "out=data", "episodes=2")
    quick = ["steps=1", "batch_size=2", "length=3", "model.config.hidden=8", "trainer=cpu", "held_out=0"]
    run("train", f"model={toy}", "data=data", "heads.reward.target=reward", *quick, "out=run")
    few = ["checkpoint=run", "episodes=2"]
    for words, message in (
        (["world.size=[8,8]"], "gives frames (8, 8, 3) (height, width, channel), and the model is for (16, 16, 3)"),
        (["world=pendulum", "world.size=[16,16]"], "actions are Box(-2.0, 2.0, (1,), float32)"),
        (["env=CartPole-v0"], "not a uint8 image"),
        (["world=cartpol"], "Did you mean 'cartpole'"),
    ):
        capsys.readouterr()
        assert main([verb, *few, *words]) == 2
        error = capsys.readouterr().err.strip().splitlines()
        assert len(error) == 1 and message in error[0]
