"""`worldmodels learn world=... rounds=...`: the loop from nothing to an agent, its curve, and its measurement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

import worldmodels
from worldmodels.cli.table import show_table
from worldmodels.evaluation.evaluation import Evaluation, Result
from worldmodels.evaluation.report import Curve, Report, curves_figure
from worldmodels.evaluation.returns import ReturnGap, returns_table
from worldmodels_agents.commands.control import RANDOM, figures
from worldmodels_agents.commands.learn import LearnOptions
from worldmodels_agents.loop import LoopConfig, Round, improve
from worldmodels_agents.measure import measure
from worldmodels_agents.policy import RandomPolicy
from worldmodels_agents.ppo import learn

LOOP, DIRECT = "loop", "ppo"


@dataclass(frozen=True, kw_only=True)
class LoopOptions(LearnOptions):
    """The loop's last agent beside random actions and PPO in the real environment on as many real steps.

    Attributes:
        rounds: How often to collect, train and improve.
        final: Real episodes that each of the three is measured on at the end.
        out: The folder of the loop and of the report.
    """

    rounds: int | None = 5
    final: int = 100
    out: str | None = "runs/loop"


def run_rounds(options: LearnOptions) -> list[Round]:
    """Run the loop in `out`, telling each round when it is done; the report there has the curve."""
    world = options.choose()
    out = Path(options.out or f"runs/{options.model}-{world.id.rpartition('/')[2]}")
    torch.manual_seed(options.seed)
    model = worldmodels.create(options.model, world.spec(), preset=options.preset, config=options.config)
    worldmodels.attach_heads(model, options.heads)
    names = ("rounds", "collect", "explore", "signals", "training", "dreamer", "ppo", "reward")
    more = ("termination", "horizon", "environments", "episodes", "seed")
    given = {name: getattr(options, name) for name in (*names, *more)}
    done: list[Round] = []
    for round_ in improve(world, model, out, LoopConfig(**given, algorithm=options.learner), progress=True):
        done.append(round_)
        real = round_.returns.real
        won = "" if real.success is None else f", success {real.success}"
        told = f"round {len(done)}: {round_.returns.facts['real steps']} real steps, return {real.mean}{won}"
        print(told, flush=True)
        page = curve([each.returns for each in done], f"{options.model} in {world.id}").write(out / "report")
    show_table(returns_table({f"round {i}": each.returns for i, each in enumerate(done, start=1)}))
    print(f"report: {page}")
    return done


def curve(rounds: Sequence[ReturnGap], title: str) -> Report:
    """The return promised in imagination and the real one against real steps."""
    steps = [float(str(gap.facts["real steps"])) for gap in rounds]
    lines = [Curve("real", steps, [gap.real.mean for gap in rounds])]
    if all(gap.imagined is not None for gap in rounds):
        lines.append(Curve("imagined", steps, [gap.imagined.mean for gap in rounds if gap.imagined is not None]))
    report = Report(title)
    report.add(returns_table({f"round {i}": gap for i, gap in enumerate(rounds, start=1)}))
    return report.add(curves_figure("Return over real steps", lines, xlabel="real steps", ylabel="return"))


def evaluate(options: LoopOptions) -> Result:
    """All three in the same episodes; figures are those of `evaluate control`, and the loop's promise."""
    done = run_rounds(replace(options, out=str(Path(options.out or "runs/loop") / "rounds")))
    world, last = options.choose(), done[-1]
    steps = int(str(last.returns.facts["real steps"]))
    env = world.make_vec(min(options.final, 50))
    random = RandomPolicy(env.single_action_space, options.seed)
    direct = learn(world.make_vec(16), replace(options.ppo, total_timesteps=steps, seed=options.seed), progress=True)
    results = {
        name: measure(policy, env, options.final, seed=options.seed + 1, label=f"{name}: real episodes")
        for name, policy in ((LOOP, last.agent), (RANDOM, random), (DIRECT, direct))
    }
    report = curve([each.returns for each in done], f"{options.model} in {world.id}")
    facts = {LOOP: {"real steps": steps}, RANDOM: {"real steps": 0}, DIRECT: {"real steps": steps}}
    table = {name: ReturnGap(None, result, facts[name]) for name, result in results.items()}
    report.sections.insert(0, returns_table(table, f"{options.final} real episodes each"))
    found = {name: figures(result) for name, result in results.items()}
    if last.returns.imagined is not None:
        found[LOOP]["imagined"] = last.returns.imagined.mean
    return Result(found, report)


EVALUATION = Evaluation("loop", LoopOptions, evaluate)
