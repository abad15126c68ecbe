"""Players: agents on the test puzzles of one fold, and AUCCESS fold by fold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from worldmodels.errors import InputError
from worldmodels.progress import Progress
from worldmodels_envs.phyre.attempt import worker_pool
from worldmodels_envs.phyre.candidates import CandidateActions
from worldmodels_envs.phyre.evaluation import Outcomes, PuzzleScore, Ranking, play, score
from worldmodels_envs.phyre.splits import FOLDS, Split, split
from worldmodels_puzzles.attempts import gather_attempts
from worldmodels_puzzles.config import ScorerConfig
from worldmodels_puzzles.scorer import rank, stored_scorer

Player = Callable[[str, int, Split], PuzzleScore]
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
        device: Where scorers train and score.
        progress: Whether to show bars.
    """

    outcomes: Outcomes
    candidates: CandidateActions
    config: ScorerConfig
    cache: Path
    workers: int | None = None
    device: str = "cpu"
    progress: bool = True

    def __call__(self, setup: str, fold: int, parts: Split) -> PuzzleScore:
        """The score of a fold's test puzzles."""
        gather = partial(gather_attempts, parts.train, self.outcomes, self.cache / "near.npz", self.workers)
        options: dict[str, Any] = {"device": self.device, "progress": self.progress}
        scorer = stored_scorer(self.cache / "scorers", parts.train, self.config, gather, **options)
        order = rank(scorer, parts.test, self.candidates.actions, self.config.apart)
        bar = partial(_bar, f"scorer, {setup} {fold}", len(parts.test), self.progress)
        with worker_pool(self.workers) as pool:
            at = self.candidates.solve(parts.test, order, pool, progress=bar)
        return score(parts.test, at)


def play_folds(player: Player, setup: str, folds: Sequence[int], outcomes: Outcomes) -> list[PuzzleScore]:
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


def _bar(label: str, total: int, show: bool, tried: Iterable[Any]) -> Iterable[Any]:
    bar: Iterable[Any] = Progress(tried, label, total, unit="puzzle", show=show)
    return bar
