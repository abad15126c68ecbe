"""AUCCESS of agents, fold by fold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from worldmodels.errors import InputError
from worldmodels_agents.puzzles.config import ScorerConfig
from worldmodels_agents.puzzles.experience import gather
from worldmodels_agents.puzzles.network import ScoringNetwork
from worldmodels_agents.puzzles.scorer import load_scorer, rank, save_scorer, train_scorer
from worldmodels_envs.phyre.attempt import worker_pool
from worldmodels_envs.phyre.candidates import Candidates
from worldmodels_envs.phyre.evaluation import Outcomes, Ranking, Score, play, score
from worldmodels_envs.phyre.splits import FOLDS, Split, split

Player = Callable[[str, int, Split], Score]
"""Plays the test puzzles of a setup's fold."""


def pool_player(agent: Ranking, outcomes: Outcomes) -> Player:
    """An agent that orders the pool, whose outcomes are known."""
    return lambda setup, fold, parts: play(agent, outcomes, parts, fold)


@dataclass(frozen=True)
class ScorerPlayer:
    """Trains a scorer for each fold, lets it order the candidates, and attempts the first 100.

    Attributes:
        outcomes: The pool on the puzzles in question.
        candidates: What it chooses from.
        config: How it is trained, and how it chooses.
        cache: Where scorers and outcomes are kept; a scorer of the same settings is not trained again.
        workers: Processes that simulate; all cores by default.
        progress: Whether to show bars.
    """

    outcomes: Outcomes
    candidates: Candidates
    config: ScorerConfig
    cache: Path
    workers: int | None = None
    progress: bool = True

    def __call__(self, setup: str, fold: int, parts: Split) -> Score:
        """The score of a fold's test puzzles."""
        order = rank(self._scorer(setup, fold, parts.train), parts.test, self.candidates.actions, self.config)
        bar = partial(_bar, f"scorer, {setup} {fold}", len(parts.test), not self.progress)
        with worker_pool(self.workers) as pool:
            at = self.candidates.solve(parts.test, order, pool, progress=bar)
        return score(parts.test, at)

    def _scorer(self, setup: str, fold: int, ids: Sequence[str]) -> ScoringNetwork:
        path = self.cache / "scorers" / f"{setup}-{fold}.safetensors"
        kept = load_scorer(self.config, ids, path)
        if kept is not None:
            return kept
        experience = gather(ids, self.outcomes, self.cache / "near.npz", self.workers)
        trained = train_scorer(experience, self.config, progress=self.progress)
        save_scorer(trained, self.config, ids, path)
        return trained


def play_folds(player: Player, setup: str, folds: Sequence[int], outcomes: Outcomes) -> list[Score]:
    """The scores of an agent on folds of the puzzles in question.

    Raises:
        InputError: where none of them is in a fold's test part.
    """
    scores = []
    for fold in folds:
        if fold not in range(FOLDS):
            raise InputError(f"folds are 0 to {FOLDS - 1}; got {fold}.")
        parts = split(setup, fold).among(outcomes.ids)
        if not parts.test:
            raise InputError(
                f"none of the chosen puzzles is tested in fold {fold}, {setup} template; choose more templates."
            )
        scores.append(player(setup, fold, parts))
    return scores


def _bar(label: str, total: int, off: bool, tried: Iterable[Any]) -> Iterable[Any]:
    bar: Iterable[Any] = tqdm(tried, label, total, unit="puzzle", disable=off)
    return bar
