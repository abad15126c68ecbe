"""Random Walk with a task: bring one ball to a goal among others that walk at random."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, get_args

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from worldmodels_envs.environment import SimulatorEnv
from worldmodels_envs.names import known_name
from worldmodels_envs.random_walk.config import RandomWalkConfig
from worldmodels_envs.random_walk.dynamics import DIRECTIONS
from worldmodels_envs.random_walk.simulator import Looks, RandomWalkSimulator
from worldmodels_envs.simulator import Info, Rows
from worldmodels_envs.vector import SimulatorVectorEnv

Reward = Literal["dense", "sparse"]

GOAL_COLOUR = (255, 255, 255)
SUCCESS_DISTANCE = 1


class ReachSimulator(RandomWalkSimulator):
    """Many reaching tasks, stepped together.

    The agent moves ball 0, which always has the first colour and lies on top. The goal, a hollow white
    square, lies under it and over the other balls, at a place that whole steps can reach. Distances are
    city-block, in px: a step changes them by `config.step`, up or down, or not at all against a wall.

    Args:
        config: The world; ball 0 makes one atomic move per frame whatever `config.moves` says of the others.
        count: How many episodes run at once.
        masks: Whether `look` reports the balls' masks.
        reward: "dense" is the decrease of the distance, in units of the longest distance in the frame
            (50 px by default), plus 1 at the goal: a solved episode returns more than 1 and at most 2,
            an unsolved one more than -1 and less than 1. "sparse" is the 1 at the goal alone.
    """

    options: ClassVar[tuple[str, ...]] = ("masks", "reward")
    extra_shapes = ("frame",)

    def __init__(self, config: RandomWalkConfig, count: int, *, masks: bool = True, reward: Reward = "dense") -> None:
        known_name(reward, get_args(Reward), "reward")
        super().__init__(config, count, masks=masks)
        self.action_space = spaces.Discrete(len(DIRECTIONS))
        self.reward = reward
        self.distances = self._measure()
        self._longest = 2 * (config.size - 1 - 2 * min(config.radii))

    @property
    def goals(self) -> npt.NDArray[np.intp]:
        """The goals' centres (count, 2) in px as (x, y); writing to it moves them."""
        return self._places[:, self.config.balls]

    def reset(self, rng: np.random.Generator, rows: Rows | None = None) -> None:
        """Start new episodes, in all rows or in some; no goal lies where its ball starts."""
        super().reset(rng, rows)
        rows = np.arange(self.count) if rows is None else rows
        self.goals[rows] = self._draw_goals(rng, rows)
        self.distances = self._measure()

    def step(
        self, rng: np.random.Generator, actions: npt.NDArray[np.intp] | None = None
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        """Move ball 0 as `actions` (count,) say, unless a wall is in the way, and the others at random."""
        self.rules = self.walk.advance(rng, self.positions, self.looks.radius, actions)
        before, self.distances = self.distances, self._measure()
        success = self.distances <= SUCCESS_DISTANCE
        if self.reward == "sparse":
            return success.astype(np.float64), success
        return (before - self.distances) / self._longest + success, success

    def look(self, rows: Rows | None = None) -> tuple[npt.NDArray[np.uint8], Info]:
        """Return the frames and the ground truth of all rows or some.

        Beside that of `RandomWalkSimulator` there are `goal` (rows, 2) in px, `distance` (rows,) in px and
        `is_success` (rows,).
        """
        frames, info = super().look(rows)
        chosen = slice(None) if rows is None else rows
        info["goal"] = self.goals[chosen].copy()
        info["distance"] = self.distances[chosen].astype(np.float64)
        info["is_success"] = self.distances[chosen] <= SUCCESS_DISTANCE
        return frames, info

    def _measure(self) -> npt.NDArray[np.intp]:
        gaps: npt.NDArray[np.intp] = np.abs(self.positions[:, 0] - self.goals)
        return gaps[:, 0] + gaps[:, 1]

    def _draw_goals(self, rng: np.random.Generator, rows: Rows) -> npt.NDArray[np.intp]:
        step, radius = self.config.step, self.looks.radius[rows, 0]
        low, high = self.walk.low[radius][:, None], self.walk.high[radius][:, None]
        behind = (self.positions[rows, 0] - low) // step
        first = self.positions[rows, 0] - behind * step
        columns, lines = ((high - first) // step + 1).T
        own = behind[:, 0] + behind[:, 1] * columns
        cell = rng.integers(columns * lines - 1)
        cell += cell >= own
        goals: npt.NDArray[np.intp] = first + step * np.stack([cell % columns, cell // columns], axis=-1)
        return goals

    def _shuffle_colours(self, rng: np.random.Generator, episodes: int) -> npt.NDArray[np.intp]:
        others = rng.random((episodes, len(self.config.colours) - 1)).argsort(axis=1) + 1
        return np.insert(others, 0, 0, axis=1)[:, : self.config.balls]

    def _things(self, looks: Looks) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.uint8]]:
        sprites, colours = super()._things(looks)
        goal = len(self.config.shapes) * len(self.config.radii) + looks.radius[:, 0]
        white = np.full((len(goal), 1, 3), GOAL_COLOUR, dtype=np.uint8)
        return np.concatenate([sprites, goal[:, None]], axis=1), np.concatenate([colours, white], axis=1)

    def _painting_order(self) -> list[int]:
        *others, agent = super()._painting_order()
        return [*others, self.config.balls, agent]


def greedy_actions(info: dict[str, npt.NDArray[Any]]) -> npt.NDArray[np.intp]:
    """Return the actions of a policy that sees the ground truth: first along x, then along y.

    Args:
        info: What `reset` or `step` gave, of one environment or of a vector of them.
    """
    gap = info["goal"] - info["positions"][..., 0, :]
    sideways = np.where(gap[..., 0] < 0, DIRECTIONS.index("left"), DIRECTIONS.index("right"))
    upright = np.where(gap[..., 1] < 0, DIRECTIONS.index("up"), DIRECTIONS.index("down"))
    return np.where(gap[..., 0] != 0, sideways, upright)


class RandomWalkReachEnv(SimulatorEnv):
    """One reaching task: `worldmodels/RandomWalkReach-v0`.

    Observation: the frame, uint8 (size, size, 3). Actions: Discrete(4), left, right, up, down. The episode
    terminates within 1 px of the goal; the registered id truncates it after 50 steps. See `ReachSimulator` for
    layers, the options `reward` and `masks`, and `info`.
    """

    simulator = ReachSimulator

    def get_action_meanings(self) -> list[str]:
        """What the actions are called, by number."""
        return list(DIRECTIONS)


class RandomWalkReachVectorEnv(SimulatorVectorEnv):
    """Many reaching tasks in one call; see `RandomWalkReachEnv`."""

    simulator = ReachSimulator
