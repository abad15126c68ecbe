"""`Attempts`: simulated outcomes that the scorer learns from."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from worldmodels_envs.phyre.action import encode
from worldmodels_envs.phyre.attempt import Status
from worldmodels_envs.phyre.evaluation import Outcomes
from worldmodels_envs.phyre.raster import render
from worldmodels_envs.phyre.scene import SIDE
from worldmodels_envs.phyre.statuses import stored_statuses
from worldmodels_envs.phyre.tasks import solution, task

NEAR = 32
"""Balls near the known solution that are simulated for each puzzle, the solution among them."""
SPREADS = (1.5, 4.0, 12.0)
"""Standard deviations in pixels of how far they are moved, in turn; radii change by a third of it."""
SCENE_SIZE = 64
MIRROR = SIDE / (SIDE - 1)
"""The sum of the first numbers of an action and its mirror image."""


@dataclass(frozen=True)
class Attempts:
    """Puzzles, actions on them and what came of it.

    Attributes:
        scenes: Colour ids, uint8 (puzzle, 64, 64).
        actions: float32 (puzzle, action, 3).
        statuses: `Status` codes, int8 (puzzle, action).
    """

    scenes: Tensor
    actions: Tensor
    statuses: Tensor

    def __getitem__(self, index: Tensor) -> Attempts:
        """Some of the puzzles."""
        return Attempts(self.scenes[index], self.actions[index], self.statuses[index])

    def balanced(self, each: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """As many solving as failing actions of each puzzle, drawn with replacement.

        Returns:
            actions (puzzle, 2 each, 3), and whether they solve (puzzle, 2 each).
        """
        halves = [_draw(self.statuses == status, each, generator) for status in (Status.SOLVED, Status.NOT_SOLVED)]
        chosen = torch.cat(halves, 1)
        actions = self.actions.gather(1, chosen[..., None].expand(-1, -1, 3))
        return actions, self.statuses.gather(1, chosen) == Status.SOLVED


def gather_attempts(ids: Sequence[str], pool: Outcomes, path: Path, workers: int | None = None) -> Attempts:
    """The pool's outcomes on puzzles, and those of balls near their known solutions.

    Random balls rarely solve, so a scorer that saw only those would hardly ever see a success.

    Args:
        ids: Puzzles of the pool's.
        pool: The outcomes of random actions.
        path: The file where outcomes near solutions are kept.
        workers: Processes that simulate what is missing; all cores by default.
    """
    key = np.array([NEAR, *SPREADS])
    near = stored_statuses(path, pool.ids, near_solution, key, workers)
    places = {id: index for index, id in enumerate(pool.ids)}
    chosen = [places[id] for id in ids]
    everywhere = np.broadcast_to(pool.actions, (len(ids), *pool.actions.shape))
    actions = np.concatenate([everywhere, np.stack([near_solution(id) for id in ids])], 1)
    statuses = np.concatenate([pool.statuses[chosen], near[chosen]], 1)
    scenes = np.stack([scene_image(id) for id in ids])
    return Attempts(torch.from_numpy(scenes), torch.from_numpy(actions).float(), torch.from_numpy(statuses))


def near_solution(id: str) -> NDArray[np.float64]:
    """Actions (action, 3) near the known solution of a puzzle, the same ones each time; the first one is it."""
    rng = np.random.default_rng(zlib.crc32(id.encode()))
    spread = np.resize(SPREADS, NEAR)[:, None] * [1.0, 1.0, 1 / 3]
    moved = np.asarray(solution(id)) + spread * rng.standard_normal((NEAR, 3))
    moved[0] = solution(id)
    return np.clip(encode(np.round(moved)), 0, 1)


@cache
def scene_image(id: str) -> NDArray[np.uint8]:
    """The colour ids of a puzzle's scene, (64, 64)."""
    return render(task(id), size=SCENE_SIZE, ids=True)


def mirrored(scenes: Tensor, actions: Tensor, which: Tensor) -> tuple[Tensor, Tensor]:
    """Some scenes and their actions with left and right exchanged, which changes no outcome."""
    flipped = torch.where(which[:, None, None], scenes.flip(-1), scenes)
    x = torch.where(which[:, None], MIRROR - actions[..., 0], actions[..., 0])
    return flipped, torch.cat([x[..., None], actions[..., 1:]], -1)


def _draw(mask: Tensor, each: int, generator: torch.Generator) -> Tensor:
    return torch.multinomial(mask.float(), each, replacement=True, generator=generator)
