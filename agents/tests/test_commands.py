"""The verbs and the loop, end to end, with a model that learned next to nothing."""

import json
from dataclasses import replace

import pytest
import torch

import worldmodels
from worldmodels.cli.main import main
from worldmodels.data import EpisodeStore, record
from worldmodels.errors import InputError
from worldmodels.heads import HeadConfig
from worldmodels.rewards import RewardConfig
from worldmodels.training import TrainConfig, train
from worldmodels.worlds import World
from worldmodels_agents.commands import demo
from worldmodels_agents.dreamer import ActorCritic, DreamerConfig
from worldmodels_agents.loop import LoopConfig, improve
from worldmodels_agents.ppo import PPOConfig

pytest.importorskip("worldmodels_srvp")

REACH = "worldmodels/RandomWalkReach-v0"
WORLD = World.named("reach")
HEADS = {"distance": HeadConfig("distance", unit=3.0), "terminated": HeadConfig("terminated", loss="bce")}
SMALL = {"state": 8, "latent": 4, "content": 8, "encoding": 16, "inference_hidden": 16, "dynamics_hidden": 16}
REWARD = RewardConfig("progress", "distance", -0.02, "terminated")


def make_model(spec):
    model = worldmodels.create("srvp", spec, config=SMALL)
    worldmodels.attach_heads(model, HEADS)
    return model


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("reach") / "data"
    return record(WORLD, None, 12, path, seed=0, signals=("distance",), progress=False)


@pytest.fixture(scope="module")
def checkpoint(data, tmp_path_factory):
    config = TrainConfig(steps=3, batch_size=4, length=6, held_out=0.2)
    return train(make_model(data.spec), data, tmp_path_factory.mktemp("run"), config, progress=False)


@pytest.mark.parametrize("planner", ["shooting", "cem"])
def test_plan_prints_success_and_return(planner, checkpoint, capsys):
    words = [f"checkpoint={checkpoint}", f"env={REACH}", f"planner={planner}", "reward.head=distance"]
    assert main(["plan", *words, "reward.scale=-1", "episodes=2", "environments=2", "samples=8", "horizon=2"]) == 0
    shown = capsys.readouterr().out
    assert planner in shown and "real success" in shown and "real return" in shown


def test_control_measures_a_planner_beside_random_actions(checkpoint, tmp_path, capsys):
    words = [f"checkpoint={checkpoint}", f"env={REACH}", "planner=shooting", "reward.head=distance", "horizon=2"]
    words += ["reward.scale=-1", "episodes=4", "environments=2", "samples=8", f"out={tmp_path}"]
    assert main(["evaluate", "control", *words, "variation=[colours]"]) == 0
    figures = json.loads((tmp_path / "result.json").read_text())
    assert figures["random"]["success_under_colours"]["n"] <= 4
    sections = json.loads((tmp_path / "report.json").read_text())["sections"]
    assert [row[:2] for row in sections[1]["rows"]] == [[f, s] for f in ("none", "colours") for s in figures]
    assert list(figures) == [str(checkpoint), "random"] and figures["random"]["success"]["n"] == 4
    assert 1 <= figures["random"]["steps"]["mean"] <= 50 and "real success" in capsys.readouterr().out


def test_learn_in_imagination_shows_both_returns(checkpoint, data, tmp_path, capsys):
    words = [f"checkpoint={checkpoint}", f"env={REACH}", f"starts={data.folder}", "reward.kind=progress"]
    words += ["reward.head=distance", "reward.scale=-0.02", "reward.bonus=terminated", "environments=4", "episodes=4"]
    words += ["ppo.total_timesteps=64", "ppo.batch_size=32", f"out={tmp_path / 'policy.zip'}"]
    assert main(["learn", *words]) == 0
    shown = capsys.readouterr().out
    assert "imagined return" in shown and "gap" in shown
    assert (tmp_path / "policy.zip").is_file()


def test_learn_in_the_real_environment(capsys):
    words = [f"env={REACH}", "where=real", "environments=4", "episodes=4"]
    assert main(["learn", *words, "ppo.total_timesteps=64", "ppo.batch_size=32"]) == 0
    assert "PPO (real)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["plan", f"env={REACH}"], "checkpoint="),
        (["plan", "checkpoint=nowhere", f"env={REACH}"], "there is no checkpoint"),
        (["plan", "checkpoint=x", f"env={REACH}", "planner=cen"], "planner"),
        (["learn", f"env={REACH}"], "checkpoint="),
        (["learn", f"env={REACH}", "where=real", "algorithm=dreamer"], "where=real takes algorithm=ppo"),
        (["learn", "rounds=0", f"env={REACH}", "model=srvp"], "rounds = 0"),
        (["demo", "steps=many"], "steps"),
    ],
)
def test_bad_input_is_one_line(words, message, capsys):
    assert main(words) == 2
    error = capsys.readouterr().err.strip()
    assert message in error and "\n" not in error


@pytest.mark.parametrize("words", [["plan"], ["learn"], ["evaluate", "prediction"]], ids=" ".join)
def test_a_checkpoint_that_does_not_say_its_world(words, data, tmp_path, capsys):
    folder = worldmodels.save(make_model(data.spec), tmp_path / "model")
    key = "checkpoints" if "evaluate" in words else "checkpoint"
    assert main([*words, f"{key}={folder}"]) == 2
    error = capsys.readouterr().err
    assert "which world? Give world=" in error or "does not say its world" in error


def test_a_missing_head_is_named(checkpoint, capsys):
    words = [f"checkpoint={checkpoint}", f"env={REACH}", "reward.head=fortune", "episodes=2", "environments=2"]
    assert main(["plan", *words]) == 2
    assert "no head 'fortune'" in capsys.readouterr().err


def loop_config(**changes):
    config = LoopConfig(
        rounds=2,
        collect=120,
        signals=("distance",),
        training=TrainConfig(steps=2, batch_size=2, length=4, held_out=0.0),
        reward=REWARD,
        environments=4,
        ppo=PPOConfig(total_timesteps=64, batch_size=32),
        dreamer=DreamerConfig(updates=2, clips=2, length=4, horizon=3, hidden=8),
        episodes=4,
    )
    return replace(config, **changes)


def loop_model():
    torch.manual_seed(0)
    return make_model(worldmodels.WorldSpec((3, 32, 32), WORLD.spec().action_space))


@pytest.mark.parametrize("change", [{"termination": "ending"}, {"reward": replace(REWARD, bonus="ending")}])
def test_a_missing_head_is_told_before_anything_is_recorded(change, tmp_path):
    with pytest.raises(InputError, match="no head 'ending'"):
        next(improve(WORLD, loop_model(), tmp_path, loop_config(**change)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("algorithm", ["ppo", "dreamer"])
def test_the_loop_collects_trains_and_measures(algorithm, tmp_path):
    rounds = list(improve(WORLD, loop_model(), tmp_path, loop_config(algorithm=algorithm)))
    steps = [round_.returns.facts["real steps"] for round_ in rounds]
    assert 120 <= steps[0] < 120 + 50 and 240 <= steps[1] < 240 + 50  # whole episodes, of 50 steps at most
    assert EpisodeStore(tmp_path / "data").steps.sum() == steps[1]
    assert [len(round_.returns.real.returns) for round_ in rounds] == [4, 4]
    assert rounds[1].returns.gap is not None


def test_a_loop_that_was_stopped_goes_on(tmp_path, monkeypatch):
    first = next(improve(WORLD, loop_model(), tmp_path, loop_config()))
    weights = first.agent.policy.state_dict()
    monkeypatch.setattr("worldmodels_agents.loop.record", lambda *_, **__: pytest.fail("recorded again"))
    again = next(improve(WORLD, loop_model(), tmp_path, loop_config()))
    assert all(torch.equal(weights[name], tensor) for name, tensor in again.agent.policy.state_dict().items())
    assert again.returns.real.returns.tolist() == first.returns.real.returns.tolist()
    monkeypatch.undo()
    rounds = list(improve(WORLD, loop_model(), tmp_path, loop_config()))
    assert len(rounds) == 2 and rounds[0].returns.real.returns.tolist() == first.returns.real.returns.tolist()


def test_learn_in_rounds_from_nothing_leaves_a_curve(tmp_path, capsys):
    words = ["world=reach", "rounds=2", "model=srvp", "collect=60", "episodes=2", f"out={tmp_path}", "horizon=3"]
    words += [f"config.{name}={value}" for name, value in SMALL.items()]
    words += ["training.steps=2", "training.batch_size=2", "training.length=4", "training.held_out=0"]
    words += ["dreamer.updates=2", "dreamer.clips=2", "dreamer.length=4", "dreamer.horizon=3", "dreamer.hidden=8"]
    assert main(["learn", *words]) == 0
    shown = capsys.readouterr().out
    assert "round 2: " in shown and "real steps" in shown
    assert (tmp_path / "report" / "report.html").is_file()
    assert (
        main(
            [
                "plan",
                f"checkpoint={tmp_path / 'round-1'}",
                f"value={tmp_path / 'round-1' / 'agent'}",
                "horizon=2",
                "samples=8",
                "episodes=2",
                "environments=2",
            ]
        )
        == 0
    )


def test_the_loop_is_measured_beside_random_actions_and_ppo(tmp_path, capsys):
    words = ["world=reach", "rounds=1", "model=srvp", "collect=60", "episodes=2", "final=4", f"out={tmp_path}"]
    words += [f"config.{name}={value}" for name, value in SMALL.items()]
    words += ["training.steps=2", "training.batch_size=2", "training.length=4", "training.held_out=0"]
    words += ["dreamer.updates=2", "dreamer.clips=2", "dreamer.length=4", "dreamer.horizon=3", "dreamer.hidden=8"]
    assert main(["evaluate", "loop", *words]) == 0
    figures = json.loads((tmp_path / "result.json").read_text())
    assert list(figures) == ["loop", "random", "ppo"] and figures["loop"]["success"]["n"] == 4
    assert "imagined" in figures["loop"] and "4 real episodes each" in capsys.readouterr().out


def test_the_actor_critic_learns_from_a_checkpoint(checkpoint, data, tmp_path, capsys):
    words = [f"checkpoint={checkpoint}", "algorithm=dreamer", "reward.kind=progress", "reward.head=distance"]
    words += ["reward.scale=-0.02", "episodes=4", "environments=4", f"out={tmp_path / 'agent'}"]
    assert main(["learn", *words, "dreamer.updates=2", "dreamer.clips=2", "dreamer.hidden=8"]) == 0
    assert "actor-critic (imagination)" in capsys.readouterr().out and ActorCritic.load(tmp_path / "agent").features


def stop(*_):
    raise KeyboardInterrupt


@pytest.mark.slow
def test_the_demo_goes_on_where_it_was_stopped(tmp_path, capsys, monkeypatch):
    words = ["demo", f"out={tmp_path}", "recorded=20", "steps=2", "episodes=2", "imagined_steps=64"]
    with monkeypatch.context() as stopped:
        stopped.setattr(demo, "_measure", stop)  # before any agent plays
        assert main(words) == 130
    trained = {path: path.stat().st_mtime_ns for path in (tmp_path / "model").rglob("*.safetensors")}
    assert trained and "recording 20 random episodes of" in capsys.readouterr().out
    assert main(words) == 0
    shown = capsys.readouterr().out
    assert "random episodes of" not in shown
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "model").rglob("*.safetensors")} == trained
    assert "CEM in the world model" in shown and "PPO in the real environment" in shown
    assert (tmp_path / "report" / "report.html").is_file()
