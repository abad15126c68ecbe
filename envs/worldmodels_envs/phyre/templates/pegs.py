"""Templates of many fixed pegs, laid out by a seed: 00012, 00013."""

from __future__ import annotations

import math

import numpy as np

from worldmodels_envs.phyre.layout import Layout
from worldmodels_envs.phyre.scene import SIDE, Scene
from worldmodels_envs.phyre.template import template

_ROW_PEG = 0.04
_CHAIN_PEG = 0.05
_CHAIN_TOP = 168.0


@template("00012", "a ball over four rows of pegs must reach the floor", seed=tuple(range(1000)))
def peg_rows(seed: int) -> Scene:
    """Rows start at the left and the right wall in turn and rise unevenly towards the middle."""
    rng = np.random.default_rng(seed)
    layout = Layout()
    ball = layout.ball(0.1, x=rng.uniform(0.2, 0.45) * SIDE, y=0.9 * SIDE)
    for row, height in enumerate(np.linspace(167.9, 25.6, 4)):
        steps = rng.uniform([0.05, -8.0], [0.17, 13.0], (rng.integers(3, 8), 2)).cumsum(axis=0)
        places = np.vstack([[0.0, 0.0], steps * [SIDE, 0.4]])
        for x, rise in places[places[:, 0] <= SIDE]:
            layout.ball(_ROW_PEG, dynamic=False, x=SIDE - x if row % 2 else x, y=height + rise)
    return layout.scene(ball, layout.floor())


@template("00013", "a ball over chains of pegs must reach the floor", seed=tuple(range(600)))
def peg_chains(seed: int) -> Scene:
    """Branching chains of pegs grow from two roots half way up."""
    rng = np.random.default_rng(seed)
    layout = Layout()
    ball = layout.ball(0.1, x=rng.uniform(0.4, 0.6) * SIDE, y=0.9 * SIDE)
    for root in (0.7, 0.2):
        for x, y in _tree((root * SIDE, SIDE / 2), int(rng.integers(15, 22)), rng):
            layout.ball(_CHAIN_PEG, dynamic=False, x=x, y=y)
    return layout.scene(ball, layout.floor())


def _tree(root: tuple[float, float], count: int, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Pegs of chains that leave earlier pegs in random directions and bend as they go."""
    pegs = [root]
    while len(pegs) < count:
        x, y = pegs[rng.integers(len(pegs))]
        heading = rng.uniform(0, 2 * math.pi)
        for _ in range(rng.integers(2, 7)):
            heading += rng.normal(0, 0.35)
            stride = rng.uniform(14, 52)
            x, y = x + stride * math.cos(heading), y + stride * math.sin(heading)
            if not (0 <= x <= SIDE and 0 <= y <= _CHAIN_TOP) or len(pegs) == count:
                break
            pegs.append((x, y))
    return pegs
