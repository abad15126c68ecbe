"""A guided search for a ball that solves a scene stably, where random balls hardly ever do.

Failed attempts have a value: how long the goal bodies touched at most, or else how near they came. The search
varies the best balls so far, a few pixels or many, as in an evolution strategy without adaptation.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from worldmodels_envs.phyre.action import ball, fits
from worldmodels_envs.phyre.attempt import Status, attempt_balls
from worldmodels_envs.phyre.geometry import least_gap
from worldmodels_envs.phyre.scene import SIDE, Scene
from worldmodels_envs.phyre.simulation import HOLD_STEPS, MAX_STEPS, REST_STEPS, make_simulation

LOOK_STEPS = 15
"""Physics steps between two looks at the goal bodies; `simulate` looks for rest at every second of them."""
BEST = 8
VARIED = 12
FRESH = 4
WIDTHS = (1.0, 40.0)
"""Pixels by which balls are moved; radii change by `RADIUS_SHARE` of it."""
RADIUS_SHARE = 0.3

Balls = NDArray[np.float64]

_NEIGHBOURS = np.array([(x, y, 0.0) for x in (-0.5, 0.0, 0.5) for y in (-0.5, 0.0, 0.5) if x or y])


def random_balls(count: int, rng: np.random.Generator) -> Balls:
    """Balls (count, 3) of whole pixels as uniform actions give them."""
    sizes = np.round(2 + 30 * rng.random(count))
    return np.column_stack([np.trunc(255 * rng.random((count, 2))), sizes])


def whole(balls: Balls) -> Balls:
    """Balls (ball, 3) of whole pixels, inside the bounds of actions."""
    return np.clip(np.round(balls), [0, 0, 2], [SIDE - 1, SIDE - 1, 32])


def is_stable(scene: Scene, ball: Balls) -> bool:
    """Whether none of the 8 neighbours of a solution at +-0.5 px fails to solve."""
    return all(attempt_balls(scene, ball + step)[0] != Status.NOT_SOLVED for step in _NEIGHBOURS)


def value(scene: Scene, solver: Balls) -> float:
    """How near an attempt with a ball that fits came to solving: 1 when it solves.

    Else the longest unbroken contact of the goal bodies over the three seconds, from 0 to 1; without contact the
    smallest gap seen between them over the scene's side, negative.
    """
    x, y, radius = solver
    simulation = make_simulation(scene.with_balls((ball((x, y), radius),)))
    poses, longest = [], 0
    while simulation.held + MAX_STEPS - simulation.time >= HOLD_STEPS:
        simulation.advance(LOOK_STEPS)
        if simulation.solved:
            return 1.0
        longest = max(longest, simulation.held)
        poses.append(simulation.poses()[list(scene.goal)])
        if simulation.time % REST_STEPS == 0 and simulation.at_rest():
            if simulation.held and simulation.time - simulation.held + HOLD_STEPS <= MAX_STEPS:
                return 1.0
            break
    if longest:
        return longest / HOLD_STEPS
    first, second = (scene.bodies[index] for index in scene.goal)
    return -least_gap(first, second, *np.moveaxis(np.stack(poses), 1, 0)) / SIDE


class Trials(NamedTuple):
    """Balls that were tried on a scene.

    Attributes:
        balls: (ball, 3).
        values: the `value` of each, (ball,).
    """

    balls: Balls
    values: NDArray[np.float64]

    @property
    def solving(self) -> bool:
        """Whether one of them solves."""
        return bool((self.values == 1).any())


def try_balls(scene: Scene, balls: Balls) -> Trials:
    """Try those of the balls (ball, 3) that fit, in order, until one solves."""
    fitting, values = balls[fits(scene, balls)], []
    for solver in fitting:
        values.append(value(scene, solver))
        if values[-1] == 1:
            break
    return Trials(fitting[: len(values)], np.array(values))


def guided_search(scene: Scene, tried: Trials, first: Balls, runs: int, rng: np.random.Generator) -> Balls | None:
    """A stable solution of a scene, or None after `runs` simulations or a few more.

    Args:
        scene: the puzzle.
        tried: balls that do not solve it stably.
        first: balls to try before others, (ball, 3).
        runs: simulations.
        rng: what the variations are drawn from.
    """
    known = dict(zip(map(tuple, tried.balls.tolist()), tried.values.tolist(), strict=True))
    guesses = whole(first)
    while runs > 0:
        runs -= 1
        for guess in guesses[fits(scene, guesses)]:
            key = tuple(guess.tolist())
            if key in known:
                continue
            known[key] = value(scene, guess)
            runs -= 1
            if known[key] == 1:
                if is_stable(scene, guess):
                    return np.asarray(guess)
                runs -= len(_NEIGHBOURS)
        guesses = _variations(known, rng)
    return None


def _variations(known: dict[tuple[float, ...], float], rng: np.random.Generator) -> Balls:
    """The best balls so far varied, and new ones."""
    best = np.array(sorted(known, key=known.__getitem__, reverse=True)[:BEST])
    low, high = np.log(WIDTHS)
    widths = np.exp(rng.uniform(low, high, (VARIED, 1))) * [1, 1, RADIUS_SHARE]
    varied = best[rng.integers(len(best), size=VARIED)] + widths * rng.normal(size=widths.shape)
    return np.concatenate([whole(varied), random_balls(FRESH, rng)])
