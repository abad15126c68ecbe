"""`worldmodels evaluate planning`: AUCCESS on the PHYRE-like puzzles."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from worldmodels.config import Settings
from worldmodels.errors import InputError, UnknownNameError
from worldmodels.evaluation.evaluation import Evaluation, Result
from worldmodels.evaluation.intervals import Estimate, mean_interval
from worldmodels.limits import Count, Filled, Limit, NotNegative, Positive
from worldmodels_puzzles.config import ScorerConfig

if TYPE_CHECKING:
    from worldmodels_envs.phyre.evaluation import Outcomes, Ranking
    from worldmodels_puzzles.players import Player
    from worldmodels_puzzles.report import Scores


@dataclass(frozen=True)
class PlanningOptions(Settings):
    """AUCCESS with 100 attempts of agents that place one ball, by template, with 95% intervals over folds.

    Attributes:
        agents: Any of random, memory, scorer and imagine.
        setups: Any of within and cross (template).
        folds: Which of the ten folds, such as [0,1,2]; how many where it is one number.
        templates: Those whose puzzles to play, quoted, such as ['00002','00011']; all by default.
        variations: How many puzzles of each template, the first ones.
        candidates: Random actions among which the scorer chooses.
        scorer: The scorer's settings, such as scorer.steps=1000.
        checkpoint: The world model of agent imagine, trained on videos of worldmodels/PhyreVideo-v0.
        goal: What imagine ranks by: contact, for the goal's colours side by side in the imagined frames, or the
            name of one of the checkpoint's heads.
        seconds: How far imagine looks ahead; the world itself stops after 16.7.
        look: Whether imagine asks for the end alone, which a model with the ability AnyTime can give, or for the whole
            video; auto asks for the end where the model can.
        videos: Videos imagined at once.
        temperature: Scales the noise of every latent of the world model.
        cache: Where simulated outcomes and trained scorers are kept for the next time.
        out: The report's folder.
        workers: Processes that simulate; all cores by default.
        device: Where the world model and the scorer are.
    """

    agents: Annotated[tuple[str, ...], Filled()] = ("random", "memory")
    setups: Annotated[tuple[Literal["within", "cross"], ...], Filled()] = ("within", "cross")
    folds: Annotated[int, Limit(1, 10)] | Annotated[tuple[Annotated[int, Limit(0, 9)], ...], Filled()] = 10
    templates: tuple[str, ...] = ()
    variations: Annotated[int, Limit(1, 100)] = 100
    candidates: Annotated[int, Limit(1, 10**7)] = 5000
    scorer: ScorerConfig = field(default_factory=ScorerConfig)
    checkpoint: str | None = None
    goal: str = "contact"
    seconds: Positive = 1000 / 60
    look: Literal["auto", "end", "video"] = "auto"
    videos: Count = 256
    temperature: NotNegative = 0.0
    cache: str = "runs/phyre"
    out: str = "runs/planning"
    workers: int | None = None
    device: str = "cpu"


def evaluate(options: PlanningOptions) -> Result:
    """Every agent in every setup, fold by fold; figures are those of `figures`."""
    from worldmodels_puzzles.report import planning_report

    scores = play(options)
    machine = f"{platform.machine()}, {os.cpu_count()} CPU cores, models on {options.device}"
    provenance = {"machine": machine, "checkpoint": options.checkpoint or "none"}
    return Result(figures(scores), planning_report(scores, provenance))


def play(options: PlanningOptions) -> Scores:
    """The scores of each setup and agent, fold by fold."""
    for name in options.agents:
        check_agent(name, options)  # before puzzles are simulated, which takes long
    outcomes = _outcomes(options)
    from worldmodels_puzzles.players import play_folds

    folds = range(options.folds) if isinstance(options.folds, int) else options.folds
    players = {name: make_player(name, outcomes, options) for name in options.agents}
    return {
        (setup, name): play_folds(player, setup, folds, outcomes)
        for setup in options.setups
        for name, player in players.items()
    }


def figures(scores: Scores) -> dict[str, dict[str, Estimate]]:
    """Agent to `auccess_within` and `solved_within`, in per cent, or `_cross`, means over folds."""
    found: dict[str, dict[str, Estimate]] = {}
    for (setup, agent), folds in scores.items():
        auccess, solved = (
            mean_interval(values) for values in zip(*((s.auccess, s.solved) for s in folds), strict=True)
        )
        found.setdefault(agent, {}).update({f"auccess_{setup}": auccess, f"solved_{setup}": solved})
    return found


def check_agent(name: str, options: PlanningOptions) -> None:
    """Refuse an agent that could not play.

    Raises:
        UnknownNameError: for an unknown one.
        InputError: where imagine has no checkpoint.
    """
    from worldmodels_envs.phyre.evaluation import AGENTS

    if name not in (known := [*AGENTS, "scorer", "imagine"]):
        raise UnknownNameError("agent", name, known)
    if name == "imagine" and options.checkpoint is None:
        raise InputError("agent imagine needs checkpoint=..., a model of videos of worldmodels/PhyreVideo-v0.")


def make_player(name: str, outcomes: Outcomes, options: PlanningOptions) -> Player:
    """The agent of a name; see `check_agent`."""
    from worldmodels_envs.phyre.candidates import CandidateActions
    from worldmodels_envs.phyre.evaluation import AGENTS
    from worldmodels_puzzles.players import ScorerPlayer, pool_player

    cache = Path(options.cache)
    if name in AGENTS:
        return pool_player(AGENTS[name], outcomes)
    if name == "scorer":
        candidates = CandidateActions(cache / "candidates.npz", options.candidates)
        return ScorerPlayer(outcomes, candidates, options.scorer, cache, options.workers, options.device)
    return pool_player(_imagine(options), outcomes)


def _outcomes(options: PlanningOptions) -> Outcomes:
    if Path(options.cache).exists() and not Path(options.cache).is_dir():
        raise InputError(f"cache={options.cache} is no folder; give one, such as cache=runs/phyre.")
    path = Path(options.cache) / "outcomes.npz"
    try:
        from worldmodels_envs.phyre.evaluation import load_outcomes

        return load_outcomes(path, options.workers, options.templates, options.variations)
    except (ImportError, ValueError) as error:
        raise InputError(f"the puzzles are not available: {error}.") from error


def _imagine(options: PlanningOptions) -> Ranking:
    import worldmodels
    from worldmodels_puzzles.imagining_agent import ImaginingAgent, goal_test

    assert options.checkpoint is not None  # see `check_agent`
    model = worldmodels.load(options.checkpoint, device=options.device)
    goal, videos = goal_test(options.goal, model), options.videos
    return ImaginingAgent(model, goal, options.seconds, options.look, videos, options.temperature)


EVALUATION = Evaluation("planning", PlanningOptions, evaluate)
