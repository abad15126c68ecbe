"""`worldmodels evaluate control`: a planner in a checkpoint's imagination beside random actions, in the real world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worldmodels.evaluation.evaluation import Evaluation, Result
from worldmodels.evaluation.factors import NOTHING
from worldmodels_agents.commands.plan import PlanOptions, make_planner

if TYPE_CHECKING:
    from worldmodels.evaluation.intervals import Estimate
    from worldmodels.evaluation.report import Table
    from worldmodels.evaluation.returns import Results
    from worldmodels.model import WorldModel
    from worldmodels.worlds import World

RANDOM = "random"


@dataclass(frozen=True, kw_only=True)
class ControlOptions(PlanOptions):
    """Success and return of a planner in a model's imagination, and of random actions, in the same real world.

    Attributes:
        variation: Factors of the world, such as [colours], or all: both play under each as well, where it alone is
            drawn anew for each episode.
        out: The report's folder.
    """

    variation: tuple[str, ...] = ()
    out: str = "runs/control"


def evaluate(options: ControlOptions) -> Result:
    """Both in the same episodes; figures are `success`, where the world tells it, `reward` and `steps` an episode."""
    from worldmodels.evaluation.factors import factors_of, under
    from worldmodels.evaluation.report import Report
    from worldmodels.evaluation.returns import ReturnGap, returns_table
    from worldmodels.imagined.origin import open_model
    from worldmodels.worlds.choice import world_of

    model, provenance = open_model(options.checkpoint, options.device)
    world = options.choose(world_of(provenance))
    factors = factors_of(world, options.variation) if options.variation else ()
    results = _play(options, model, world)
    table = returns_table({name: ReturnGap(None, result) for name, result in results.items()}, "Real episodes")
    facts = {"checkpoint": options.checkpoint, "planner": options.planner, "seed": options.seed}
    report, found = Report("Control", facts).add(table), {name: figures(result) for name, result in results.items()}
    varied = {factor: _play(options, model, under(world, factor), f" under {factor}") for factor in factors}
    for factor, played in varied.items():
        for name, result in played.items():
            found[name] |= {f"{figure}_under_{factor}": value for figure, value in figures(result).items()}
    if varied:
        report.add(_by_factor({NOTHING: results, **varied}))
    return Result(found, report)


def _play(options: ControlOptions, model: WorldModel, world: World, where: str = "") -> dict[str, Results]:
    """The planner and random actions in the same episodes of a world."""
    from worldmodels.worlds.fit import check_fit
    from worldmodels_agents.measure import measure
    from worldmodels_agents.policy import Policy, RandomPolicy

    env = world.make_vec(min(options.environments, options.episodes))
    check_fit(env, model.spec)
    policies: dict[str, Policy] = {
        options.checkpoint: make_planner(model, options),
        RANDOM: RandomPolicy(env.single_action_space, options.seed),
    }
    return {
        name: measure(policy, env, options.episodes, seed=options.seed, label=f"{name}: real episodes{where}")
        for name, policy in policies.items()
    }


def _by_factor(played: Mapping[str, Mapping[str, Results]]) -> Table:
    from worldmodels.evaluation.factors import factor_table
    from worldmodels.evaluation.report import Column

    found = {
        factor: {name: [result.success, result.mean] for name, result in results.items()}
        for factor, results in played.items()
    }
    return factor_table(found, [Column("real success", True), Column("real return", True)])


def figures(results: Results) -> dict[str, Estimate]:
    """What the episodes come to."""
    from worldmodels.evaluation.intervals import mean_interval

    found = {"reward": results.mean}
    if results.success is not None:
        found["success"] = results.success
    if results.lengths is not None:
        found["steps"] = mean_interval(results.lengths)
    return found


EVALUATION = Evaluation("control", ControlOptions, evaluate)
