"""`worldmodels demo`: record, train, plan and learn in imagination, and measure in the real environment."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import worldmodels
from worldmodels import WorldModel
from worldmodels.cli.options import read
from worldmodels.cli.table import show_table
from worldmodels.config import Settings
from worldmodels.errors import InputError
from worldmodels.evaluation.prediction import PredictionResult, evaluate_prediction
from worldmodels.evaluation.prediction_report import prediction_report
from worldmodels.evaluation.predictors import copy_last
from worldmodels.evaluation.report import Report
from worldmodels.evaluation.returns import ReturnGap, returns_table
from worldmodels.limits import Count, Seed
from worldmodels.rewards import HeadReward, RewardConfig
from worldmodels.worlds import World
from worldmodels_agents.imagination import imagined_environments
from worldmodels_agents.measure import measure
from worldmodels_agents.objective import Objective
from worldmodels_agents.planners import CEM
from worldmodels_agents.policy import LatentPolicy, RandomPolicy
from worldmodels_agents.ppo import PPOConfig, learn

WORLD = "reach"
FARTHEST = 50.0
"""Pixels by which the environment divides a decrease of the distance: the longest way in its frame."""

SHAPING = 15.0
"""Pixels of approach that PPO is paid as much for, in imagination, as for the goal itself."""


@dataclass(frozen=True)
class DemoOptions(Settings):
    """The whole path on the smallest world: a coloured ball that an agent moves to a white square.

    Attributes:
        out: Where data, checkpoints and the report go; a demo that was stopped goes on there.
        recorded: Random episodes that the world model learns from.
        steps: Training steps of the world model.
        episodes: Real episodes that each agent is measured on.
        imagined_steps: Steps that PPO learns for in imagination.
        seed: Of everything.
    """

    out: str = "runs/demo"
    recorded: Count = 850
    steps: Count = 4000
    episodes: Count = 200
    imagined_steps: Count = 100_000
    seed: Seed = 0


def run(words: Sequence[str]) -> None:
    """Run the demo and print its table."""
    options = read(DemoOptions, "demo", words)
    begun = time.perf_counter()
    out = Path(options.out)
    store = _record(options, out / "data")
    steps = int(store.steps.sum())
    trained = time.perf_counter()
    model = _train(options, out)
    seconds = {"recording": trained - begun, "training": time.perf_counter() - trained}
    agents = _measure(options, model, store, steps)
    table = returns_table(agents, f"{World.named(WORLD).id}: {options.episodes} real episodes each")
    report = _report(options, model, store, table, {**seconds, "in all": time.perf_counter() - begun})
    page = report.write(out / "report")
    show_table(table)
    print(f"\nreal steps that the world model was trained on: {steps:,}")
    print(f"seconds: {', '.join(f'{name} {value:.0f}' for name, value in seconds.items())}")
    print(f"report: {page}")


def _record(options: DemoOptions, folder: Path) -> Any:
    """The data set, recorded unless an earlier demo has done so."""
    from worldmodels.data import EpisodeStore, record

    missing = options.recorded - (len(EpisodeStore(folder)) if (folder / "store.json").exists() else 0)
    if missing > 0:
        print(f"recording {missing} random episodes of world {WORLD} ...", flush=True)
        record(World.named(WORLD), None, missing, folder, seed=options.seed, signals=("distance",))
    return EpisodeStore(folder)


def _train(options: DemoOptions, out: Path) -> WorldModel:
    """The world model, trained by the recipe `experiment=vim_reach` of its plugin."""
    from worldmodels.training.command import main as train

    if "vim" not in worldmodels.available():
        raise InputError("the demo trains VIM, which is not installed: pip install worldmodels-vim.")
    print("training VIM ...", flush=True)
    words = [f"data={out / 'data'}", f"out={out / 'model'}", f"steps={options.steps}", f"seed={options.seed}"]
    return worldmodels.load(train(["experiment=vim_reach", *words, "trainer=cpu", "trainer.threads=1"]))


def _measure(options: DemoOptions, model: WorldModel, store: Any, steps: int) -> dict[str, ReturnGap]:
    """Agents in the real environment, those of the world model in imagination too."""
    reward = RewardConfig("progress", "distance", -1 / FARTHEST, "terminated")
    # PPO learns sooner where steps weigh more beside the goal; what it was promised is told in the real reward's units.
    shaped = RewardConfig("progress", "distance", -1 / SHAPING, "terminated", -0.02)
    world, number = World.named(WORLD), min(50, options.episodes)
    imagined = imagined_environments(model, 64, shaped, starts=store)
    promised_in = world.judge(imagined_environments(model, number, reward, starts=store))
    real = world.make_vec(number)

    def play(policy: Any, name: str, env: Any = real) -> Any:
        return measure(policy, env, options.episodes, seed=options.seed + 1, label=name)

    space = real.single_action_space
    agents = {"random": ReturnGap(None, play(RandomPolicy(space, options.seed), "random"), {"real steps": 0})}
    planner = CEM(model, Objective(HeadReward("distance", -1.0)), horizon=8, samples=64, seed=options.seed)
    agents["CEM in the world model"] = ReturnGap(None, play(planner, "CEM"), {"real steps": steps})
    config = PPOConfig(total_timesteps=options.imagined_steps, seed=options.seed)
    begun = time.perf_counter()
    ppo = learn(imagined, config, progress=True)
    facts = {"real steps": steps, "learning seconds": time.perf_counter() - begun}
    promised = play(ppo, "PPO, imagined", promised_in)
    agents["PPO in imagination"] = ReturnGap(promised, play(LatentPolicy(model, ppo), "PPO, real"), facts)
    begun = time.perf_counter()
    direct = learn(world.make_vec(64), PPOConfig(total_timesteps=steps, seed=options.seed), progress=True)
    facts = {"real steps": steps, "learning seconds": time.perf_counter() - begun}
    agents["PPO in the real environment"] = ReturnGap(None, play(direct, "real PPO"), facts)
    return agents


def _report(options: DemoOptions, model: WorldModel, store: Any, table: Any, seconds: Mapping[str, float]) -> Report:
    """The agents' table, and how well the model predicts held-out episodes."""
    held_out = _clips(options, model)
    predictions = {
        "VIM": evaluate_prediction(model, held_out, context=2, horizon=10, samples=10, trained_horizon=8),
        "copy last frame": evaluate_prediction(copy_last, held_out, context=2, horizon=10, samples=1, strips=0),
    }
    return _page(options, predictions, table, seconds)


def _page(
    options: DemoOptions, predictions: Mapping[str, PredictionResult], table: Any, seconds: Mapping[str, float]
) -> Report:
    provenance = {
        "command": f"worldmodels demo seed={options.seed}",
        "machine": f"{platform.machine()}, {os.cpu_count()} CPU cores, no GPU used",
        "world": WORLD,
        **{f"seconds, {name}": round(value) for name, value in seconds.items()},
    }
    report = prediction_report(predictions, title="A world model of RandomWalkReach", provenance=provenance)
    report.sections.insert(0, table)
    return report


def _clips(options: DemoOptions, model: WorldModel) -> Any:
    """64 clips of 12 frames that the world model never saw: freshly recorded with another seed."""
    from worldmodels.batch import Batch
    from worldmodels.data import ClipSampler, EpisodeStore, record
    from worldmodels.data.frames import to_float

    folder = Path(options.out) / "held_out"
    if not (folder / "store.json").exists():
        record(World.named(WORLD), None, 120, folder, seed=options.seed + 10_000, progress=False)
    store = EpisodeStore(folder)
    long = store.subset([i for i, steps in enumerate(store.steps) if steps >= 11][:64])
    clips = ClipSampler(long, 12).at(range(len(long)))
    return Batch(to_float(clips.frames), model.codec.encode(clips.actions))
