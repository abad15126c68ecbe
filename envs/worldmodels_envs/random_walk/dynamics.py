"""The walk: each atomic move goes one of four ways, uniform over those that stay in the frame."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from worldmodels_envs.random_walk.config import RandomWalkConfig

DIRECTIONS = ("left", "right", "up", "down")
STAY = -1

# Row d is direction d in (x, y), y pointing down; the last row is STAY.
_UNIT_MOVES = np.array([[-1, 0], [1, 0], [0, -1], [0, 1], [0, 0]], dtype=np.intp)
# Every number of open directions, 1 to 4, divides it: a uniform number below it picks uniformly.
_DRAWS = 12


def _open_directions(x_freedom: int, y_freedom: int) -> list[int]:
    code = x_freedom | y_freedom << 2
    return [direction for direction in range(4) if code >> direction & 1]


def _choice_table() -> npt.NDArray[np.int8]:
    table = np.full((4, 4, _DRAWS), STAY, dtype=np.int8)
    for x, y in np.ndindex(4, 4):
        if ways := _open_directions(x, y):
            table[x, y] = np.resize(ways, _DRAWS)
    return table


def _obedience_table() -> npt.NDArray[np.int8]:
    # One column more than there are directions: an action of STAY finds it from the end.
    table = np.full((4, 4, 5), STAY, dtype=np.int8)
    for x, y in np.ndindex(4, 4):
        for direction in _open_directions(x, y):
            table[x, y, direction] = direction
    return table


_CHOICES = _choice_table()
_OBEDIENCE = _obedience_table()


class Walk:
    """The rules of motion under one configuration, for any batch of balls.

    Positions are the centres (..., balls, 2) in px, x to the right and y down; a ball never leaves the frame
    with any of its pixels. `radius` (..., balls) indexes `config.radii`.
    """

    def __init__(self, config: RandomWalkConfig) -> None:
        self.config = config
        self.low = np.array(config.radii, dtype=np.intp)
        self.high = config.size - 1 - self.low
        places = np.arange(config.size)
        backward = places - config.step >= self.low[:, None]
        forward = places + config.step <= self.high[:, None]
        self._freedom = (backward + 2 * forward).astype(np.intp)
        self._moves = _UNIT_MOVES * config.step

    def scatter(self, rng: np.random.Generator, radius: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """Draw positions (..., balls, 2), uniform over the pixels where a whole ball fits."""
        low, high = self.low[radius][..., None], self.high[radius][..., None]
        return rng.integers(low, high, size=(*radius.shape, 2), endpoint=True, dtype=np.intp)

    def advance(
        self,
        rng: np.random.Generator,
        positions: npt.NDArray[np.intp],
        radius: npt.NDArray[np.intp],
        actions: npt.NDArray[np.intp] | int | None = None,
    ) -> npt.NDArray[np.int8]:
        """Move balls (..., balls) from one frame to the next, in place.

        Args:
            rng: The source of all directions drawn.
            positions: Centres (..., balls, 2), px.
            radius: Indices (..., balls) into `config.radii`.
            actions: When given, ball 0 makes this one move (...) instead of drawn ones, or stays where a wall
                is in the way.

        Returns:
            The direction ids (..., balls, moves), with `STAY` at the end where a ball makes fewer moves.
        """
        counts = self._draw_counts(rng, radius.shape)
        rules = []
        for move in range(self.config.moves):
            drawn = self._draw(rng, positions, radius, actions)
            actions = None if actions is None else STAY
            if counts is not None:
                drawn = np.where(move < counts, drawn, STAY)
            positions += self._moves[drawn]
            rules.append(drawn)
        return rules[0][..., None] if len(rules) == 1 else np.stack(rules, axis=-1)

    def _draw(
        self,
        rng: np.random.Generator,
        positions: npt.NDArray[np.intp],
        radius: npt.NDArray[np.intp],
        actions: npt.NDArray[np.intp] | int | None,
    ) -> npt.NDArray[np.int8]:
        freedom = self._freedom[radius[..., None], positions]
        x, y = freedom[..., 0], freedom[..., 1]
        drawn = _CHOICES[x, y, (rng.random(radius.shape) * _DRAWS).astype(np.intp)]
        if actions is not None:
            drawn[..., 0] = _OBEDIENCE[x[..., 0], y[..., 0], actions]
        return drawn

    def _draw_counts(self, rng: np.random.Generator, shape: tuple[int, ...]) -> npt.NDArray[np.intp] | None:
        fewest, most = self.config.fewest_moves, self.config.moves
        if fewest == most:
            return None
        return rng.integers(fewest, most, size=shape, endpoint=True, dtype=np.intp)
