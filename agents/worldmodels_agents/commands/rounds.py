"""`worldmodels learn world=... rounds=...`: the loop from nothing to an agent, and its curve."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch

import worldmodels
from worldmodels.cli.table import show_table
from worldmodels.evaluation.report import Curve, Report, curves_figure
from worldmodels.evaluation.returns import ReturnGap, returns_table
from worldmodels_agents.loop import LoopConfig, improve

if TYPE_CHECKING:
    from worldmodels_agents.commands.learn import LearnOptions


def run_rounds(options: LearnOptions) -> list[ReturnGap]:
    """Run the loop in `out`, telling each round when it is done; the report there has the curve."""
    world = options.choose()
    out = Path(options.out or f"runs/{options.model}-{world.id.rpartition('/')[2]}")
    torch.manual_seed(options.seed)
    model = worldmodels.create(options.model, world.spec(), preset=options.preset, config=options.config)
    worldmodels.attach_heads(model, options.heads)
    names = ("rounds", "collect", "explore", "signals", "training", "algorithm", "dreamer", "ppo", "reward")
    more = ("termination", "horizon", "environments", "episodes", "seed")
    config = LoopConfig(**{name: getattr(options, name) for name in (*names, *more)})
    found: list[ReturnGap] = []
    for number, done in enumerate(improve(world, model, out, config, progress=True), start=1):
        found.append(done.returns)
        real = done.returns.real
        won = "" if real.success is None else f", success {real.success}"
        print(f"round {number}: {done.returns.facts['real steps']} real steps, return {real.mean}{won}", flush=True)
        page = curve(found, f"{options.model} in {world.id}").write(out / "report")
    show_table(returns_table({f"round {i}": gap for i, gap in enumerate(found, start=1)}))
    print(f"report: {page}")
    return found


def curve(rounds: Sequence[ReturnGap], title: str) -> Report:
    """The return promised in imagination and the real one against real steps."""
    steps = [float(str(gap.facts["real steps"])) for gap in rounds]
    lines = [Curve("real", steps, [gap.real.mean for gap in rounds])]
    if all(gap.imagined is not None for gap in rounds):
        lines.append(Curve("imagined", steps, [gap.imagined.mean for gap in rounds if gap.imagined is not None]))
    report = Report(title)
    report.add(returns_table({f"round {i}": gap for i, gap in enumerate(rounds, start=1)}))
    return report.add(curves_figure("Return over real steps", lines, xlabel="real steps", ylabel="return"))
