"""`worldmodels evaluate planning`: AUCCESS on the PHYRE-like puzzles."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from worldmodels.cli.options import read
from worldmodels.cli.table import show_report
from worldmodels.errors import InputError, UnknownNameError
from worldmodels_agents.puzzles.config import ScorerConfig

if TYPE_CHECKING:
    from worldmodels_agents.puzzles.planning import Player
    from worldmodels_agents.puzzles.report import Scores
    from worldmodels_envs.phyre.evaluation import Outcomes, Ranking


@dataclass(frozen=True)
class PlanningOptions:
    """AUCCESS with 100 attempts of agents that place one ball, by template, with 95% intervals over folds.

    Attributes:
        agents: Any of random, memory, scorer and imagine.
        setups: Any of within and cross (template).
        folds: Which of the ten folds, such as [0,1,2]; how many where it is one number.
        templates: Those whose puzzles are wanted, quoted, such as ['00002','00011']; all by default.
        variations: How many puzzles of each template, the first ones.
        candidates: Random actions among which the scorer chooses.
        scorer: The scorer's settings, such as scorer.steps=1000.
        checkpoint: The world model of agent imagine, trained on films of worldmodels/PhyreVideo-v0.
        goal: What imagine ranks by: contact, for the goal's colours side by side in the imagined frames, or the
            name of one of the checkpoint's heads.
        seconds: How much of each film is imagined; the world itself stops after 16.7.
        films: Films imagined at once.
        temperature: Scales the noise of every latent of the world model.
        cache: Where simulated outcomes and trained scorers are kept for the next time.
        out: The report's folder.
        workers: Processes that simulate; all cores by default.
        device: Where the world model is.
    """

    agents: tuple[str, ...] = ("random", "memory")
    setups: tuple[Literal["within", "cross"], ...] = ("within", "cross")
    folds: int | tuple[int, ...] = 10
    templates: tuple[str, ...] = ()
    variations: int = 100
    candidates: int = 5000
    scorer: ScorerConfig = field(default_factory=ScorerConfig)
    checkpoint: str | None = None
    goal: str = "contact"
    seconds: float = 1000 / 60
    films: int = 256
    temperature: float = 0.0
    cache: str = "runs/phyre"
    out: str = "runs/planning"
    workers: int | None = None
    device: str = "cpu"


def run(words: Sequence[str]) -> None:
    """Evaluate, print the tables, and say where the report is."""
    options = read(PlanningOptions, "evaluate planning", words)
    scores = evaluate(options)
    from worldmodels_agents.puzzles.report import planning_report

    provenance = {
        "command": f"worldmodels evaluate planning {' '.join(words)}".strip(),
        "machine": f"{platform.machine()}, {os.cpu_count()} CPU cores, models on {options.device}",
        "checkpoint": options.checkpoint or "none",
    }
    show_report(planning_report(scores, provenance), options.out)


def evaluate(options: PlanningOptions) -> Scores:
    """The scores of each setup and agent, fold by fold."""
    outcomes = _outcomes(options)
    from worldmodels_agents.puzzles.planning import play_folds

    folds = range(options.folds) if isinstance(options.folds, int) else options.folds
    players = {name: make_player(name, outcomes, options) for name in options.agents}
    return {
        (setup, name): play_folds(player, setup, folds, outcomes)
        for setup in options.setups
        for name, player in players.items()
    }


def make_player(name: str, outcomes: Outcomes, options: PlanningOptions) -> Player:
    """The agent of a name.

    Raises:
        UnknownNameError: for an unknown one.
        InputError: where imagine has no checkpoint.
    """
    from worldmodels_agents.puzzles.planning import ScorerPlayer, pool_player
    from worldmodels_envs.phyre.candidates import Candidates
    from worldmodels_envs.phyre.evaluation import AGENTS

    cache = Path(options.cache)
    if name in AGENTS:
        return pool_player(AGENTS[name], outcomes)
    if name == "scorer":
        candidates = Candidates(cache / "candidates.npz", options.candidates)
        return ScorerPlayer(outcomes, candidates, options.scorer, cache, options.workers)
    if name == "imagine":
        return pool_player(_imagine(options), outcomes)
    raise UnknownNameError("agent", name, [*AGENTS, "scorer", "imagine"])


def _outcomes(options: PlanningOptions) -> Outcomes:
    path = Path(options.cache) / "outcomes.npz"
    try:
        from worldmodels_envs.phyre.evaluation import load_outcomes

        return load_outcomes(path, options.workers, options.templates, options.variations)
    except (ImportError, ValueError) as error:
        raise InputError(f"the puzzles cannot be had: {error}.") from error


def _imagine(options: PlanningOptions) -> Ranking:
    import worldmodels
    from worldmodels_agents.puzzles.imagine import ImagineAndScore, goal_test

    if options.checkpoint is None:
        raise InputError("agent imagine needs checkpoint=..., a model of films of worldmodels/PhyreVideo-v0.")
    model = worldmodels.load(options.checkpoint, device=options.device)
    return ImagineAndScore(model, goal_test(options.goal, model), options.seconds, options.films, options.temperature)
