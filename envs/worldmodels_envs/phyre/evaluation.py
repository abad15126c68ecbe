"""AUCCESS and the two agents that need no learning, by template and over folds.

    python -m worldmodels_envs.phyre.evaluation --outcomes outcomes.npz --setup within

Agents order a common pool of actions for each puzzle; the puzzle is attempted in that order, invalid
actions free, until it is solved or 100 attempts are spent. The outcomes of the pool on all puzzles are
simulated once and kept in a file.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldmodels_envs.phyre.attempt import Status
from worldmodels_envs.phyre.splits import FOLDS, SETUPS, Split, split
from worldmodels_envs.phyre.statuses import stored_statuses
from worldmodels_envs.phyre.tasks import VARIATIONS, chosen, task_ids

ATTEMPTS = 100
POOL = 200
POOL_SEED = 2019
T_95 = (np.nan, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
"""Student's t for a two-sided 95% interval of 1, 2, ..., 10 values, which have one degree of freedom less."""


class Outcomes(NamedTuple):
    """What a pool of actions does to puzzles.

    Attributes:
        ids: the puzzles.
        actions: the pool, (action, 3).
        statuses: `Status` codes, int8 (puzzle, action).
    """

    ids: tuple[str, ...]
    actions: NDArray[np.float64]
    statuses: NDArray[np.int8]

    def rows(self, ids: Sequence[str]) -> NDArray[np.int8]:
        """The statuses of some of the puzzles, (puzzle, action)."""
        places = {id: index for index, id in enumerate(self.ids)}
        return self.statuses[[places[id] for id in ids]]


class PuzzleScore(NamedTuple):
    """One agent on one fold's test puzzles.

    Attributes:
        auccess: AUCCESS in percent.
        solved: share solved within 100 attempts, percent.
        templates: AUCCESS of each template's test puzzles.
    """

    auccess: float
    solved: float
    templates: dict[str, float]


class Interval(NamedTuple):
    """A mean over folds and the half-width of its 95% interval (Student's t)."""

    mean: float
    half: float

    def __str__(self) -> str:
        return f"{self.mean:.1f} ± {self.half:.1f}"


Ranking = Callable[[Outcomes, Split, np.random.Generator], NDArray[np.int64]]
"""An agent: the order (puzzle, action) in which it tries the pool on each test puzzle of a split."""


def attempt_weights(attempts: int = ATTEMPTS) -> NDArray[np.float64]:
    """AUCCESS's weights w_k = ln(k + 1) - ln k of k = 1, 2, ..., shape (attempts,)."""
    k = np.arange(1, attempts + 1)
    return np.log(k + 1) - np.log(k)


def auccess(solved_at: ArrayLike, attempts: int = ATTEMPTS) -> float:
    """AUCCESS in percent: sum of w_k s_k over sum of w_k, s_k the share of puzzles solved within k attempts.

    Args:
        solved_at: the attempt that solved each puzzle, from 1; infinity where none did, (puzzle,).
        attempts: how many are allowed.
    """
    at = np.asarray(solved_at, dtype=np.float64)
    weights = attempt_weights(attempts)
    shares = (at[:, None] <= np.arange(1, attempts + 1)).mean(axis=0)
    return float(100 * (weights * shares).sum() / weights.sum())


def attempts_to_solve(statuses: ArrayLike, attempts: int = ATTEMPTS) -> NDArray[np.float64]:
    """Which attempt solved each puzzle, given the statuses (puzzle, action) in the order tried.

    Invalid actions do not count; infinity where none of the allowed attempts solves, shape (puzzle,).
    """
    s = np.asarray(statuses)
    count = (s != Status.INVALID).cumsum(axis=1)
    solving = (s == Status.SOLVED) & (count <= attempts)
    return np.where(solving.any(axis=1), np.take_along_axis(count, solving.argmax(1)[:, None], 1)[:, 0], np.inf)


def random_agent(outcomes: Outcomes, fold: Split, rng: np.random.Generator) -> NDArray[np.int64]:
    """The pool in a random order for each puzzle."""
    order = np.tile(np.arange(len(outcomes.actions)), (len(fold.test), 1))
    return rng.permuted(order, axis=1)


def memory_agent(outcomes: Outcomes, fold: Split, rng: np.random.Generator) -> NDArray[np.int64]:
    """The actions that solved most training puzzles first, the same order for all; ties in random order.

    It does not look at the puzzle. Puzzles of the training part only are remembered.
    """
    solved = (outcomes.rows(fold.train) == Status.SOLVED).sum(axis=0)
    order = np.lexsort((rng.random(len(solved)), -solved))
    return np.tile(order, (len(fold.test), 1))


AGENTS: dict[str, Ranking] = {"random": random_agent, "memory": memory_agent}


def score(ids: Sequence[str], solved_at: ArrayLike) -> PuzzleScore:
    """The score of puzzles that were solved at some attempt each, from 1, infinity where at none, (puzzle,)."""
    if not ids:
        raise ValueError("there is no puzzle to score; choose puzzles of the fold's test part")
    at = np.asarray(solved_at, dtype=np.float64)
    names = np.array([id.partition(":")[0] for id in ids])
    templates = {str(name): auccess(at[names == name]) for name in np.unique(names)}
    return PuzzleScore(auccess(at), float(100 * np.isfinite(at).mean()), templates)


def play(agent: Ranking, outcomes: Outcomes, fold: Split, seed: int) -> PuzzleScore:
    """Let an agent order the pool for the test puzzles of a fold, and measure it."""
    order = agent(outcomes, fold, np.random.default_rng(seed))
    at = attempts_to_solve(np.take_along_axis(outcomes.rows(fold.test), order, axis=1))
    return score(fold.test, at)


def interval(values: ArrayLike) -> Interval:
    """Mean and 95% interval of 1 to 10 values; no interval for one."""
    v = np.asarray(values, dtype=np.float64)
    if len(v) == 1:
        return Interval(float(v[0]), float("nan"))
    return Interval(float(v.mean()), float(T_95[len(v) - 1] * v.std(ddof=1) / np.sqrt(len(v))))


def evaluate(agent: Ranking, outcomes: Outcomes, setup: str, folds: int = FOLDS) -> list[PuzzleScore]:
    """One score for each fold of a setup, "within" or "cross"."""
    return [play(agent, outcomes, split(setup, fold).among(outcomes.ids), fold) for fold in range(folds)]


def report(name: str, setup: str, scores: Sequence[PuzzleScore]) -> str:
    """AUCCESS and share solved, then AUCCESS by template, as text with 95% intervals over folds."""
    lines = [
        f"{name}, {setup} template, {len(scores)} folds: "
        f"AUCCESS {interval([s.auccess for s in scores])}, solved at {ATTEMPTS} attempts "
        f"{interval([s.solved for s in scores])} %"
    ]
    for template in sorted({template for s in scores for template in s.templates}):
        found = [s.templates[template] for s in scores if template in s.templates]
        lines.append(f"  {template} {interval(found)}")
    return "\n".join(lines)


def random_pool(count: int = POOL) -> NDArray[np.float64]:
    """Uniform actions (action, 3), the same ones each time; a larger pool begins with the smaller ones."""
    return np.random.default_rng(POOL_SEED).random((count, 3))


def load_outcomes(
    path: Path, workers: int | None = None, templates: Sequence[str] = (), variations: int = VARIATIONS
) -> Outcomes:
    """The outcomes of the random pool on the shipped puzzles, read from a file, or simulated and kept there.

    An interrupted run goes on where it stopped; a file of other puzzles is replaced.

    Args:
        path: the file.
        workers: processes; all cores by default.
        templates: those whose puzzles are wanted; all by default.
        variations: how many of each template, the first ones.

    Raises:
        ValueError: for an unknown template, naming near ones.
    """
    ids = tuple(id for id in chosen(task_ids(), templates or None) if int(id.partition(":")[2]) < variations)
    actions = random_pool()
    return Outcomes(ids, actions, stored_statuses(path, ids, lambda id: actions, actions, workers))


def main() -> None:
    """Print the scores of the agents."""
    parser = argparse.ArgumentParser(description="AUCCESS of the random and the memory agent.")
    parser.add_argument("--outcomes", type=Path, required=True, help="file of outcomes, made when missing")
    parser.add_argument("--setup", choices=SETUPS, nargs="*", default=list(SETUPS))
    parser.add_argument("--agent", choices=list(AGENTS), nargs="*", default=list(AGENTS))
    parser.add_argument("--workers", type=int)
    parser.add_argument("--variations", type=int, default=VARIATIONS, help="puzzles of each template")
    arguments = parser.parse_args()
    outcomes = load_outcomes(arguments.outcomes, arguments.workers, variations=arguments.variations)
    for setup in arguments.setup:
        for name in arguments.agent:
            print(report(name, setup, evaluate(AGENTS[name], outcomes, setup)))


if __name__ == "__main__":
    main()
