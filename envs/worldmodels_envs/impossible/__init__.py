"""Pairs of videos, of which one stays possible and the other breaks a law of its world at one moment.

`worldmodels_envs.impossible.phyre` makes them of PHYRE-like puzzles, for which its packages must be installed.
"""

from worldmodels_envs.impossible.pairs import KINDS, Pairs
from worldmodels_envs.impossible.random_walk import random_walk

__all__ = ["KINDS", "Pairs", "random_walk"]
