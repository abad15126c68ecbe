"""`worldmodels evaluate control`: a planner in a checkpoint's imagination beside random actions, in the real world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from worldmodels.evaluation.evaluation import Evaluation, Result
from worldmodels_agents.commands.plan import PlanOptions, make_planner

if TYPE_CHECKING:
    from worldmodels.evaluation.intervals import Estimate
    from worldmodels.evaluation.returns import Results

RANDOM = "random"


@dataclass(frozen=True, kw_only=True)
class ControlOptions(PlanOptions):
    """Success and return of a planner in a model's imagination, and of random actions, in the same real world.

    Attributes:
        out: The report's folder.
    """

    out: str = "runs/control"


def evaluate(options: ControlOptions) -> Result:
    """Both in the same episodes; figures are `success`, where the world tells it, `reward` and `steps` an episode."""
    from worldmodels.evaluation.report import Report
    from worldmodels.evaluation.returns import ReturnGap, returns_table
    from worldmodels.imagined.origin import open_model
    from worldmodels.worlds.choice import world_of
    from worldmodels.worlds.fit import check_fit
    from worldmodels_agents.measure import measure
    from worldmodels_agents.policy import Policy, RandomPolicy

    model, provenance = open_model(options.checkpoint, options.device)
    env = options.choose(world_of(provenance)).make_vec(min(options.environments, options.episodes))
    check_fit(env, model.spec)
    policies: dict[str, Policy] = {
        options.checkpoint: make_planner(model, options),
        RANDOM: RandomPolicy(env.single_action_space, options.seed),
    }
    results = {
        name: measure(policy, env, options.episodes, seed=options.seed, label=f"{name}: real episodes")
        for name, policy in policies.items()
    }
    table = returns_table({name: ReturnGap(None, result) for name, result in results.items()}, "Real episodes")
    facts = {"checkpoint": options.checkpoint, "planner": options.planner, "seed": options.seed}
    report = Report("Control", facts).add(table)
    return Result({name: figures(result) for name, result in results.items()}, report)


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
