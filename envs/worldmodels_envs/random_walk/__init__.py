"""Random Walk: balls on black, each step one of four directions (the thesis' chapter 8)."""

from worldmodels_envs.random_walk.config import VARIANTS, RandomWalkConfig, resolve_config
from worldmodels_envs.random_walk.dataset import blocks, generate, write
from worldmodels_envs.random_walk.dynamics import DIRECTIONS, STAY
from worldmodels_envs.random_walk.environment import RandomWalkEnv, RandomWalkVectorEnv
from worldmodels_envs.random_walk.picture import contact_sheet, write_png
from worldmodels_envs.random_walk.reach import RandomWalkReachEnv, RandomWalkReachVectorEnv, greedy_actions

__all__ = [
    "DIRECTIONS",
    "STAY",
    "VARIANTS",
    "RandomWalkConfig",
    "RandomWalkEnv",
    "RandomWalkReachEnv",
    "RandomWalkReachVectorEnv",
    "RandomWalkVectorEnv",
    "blocks",
    "contact_sheet",
    "generate",
    "greedy_actions",
    "resolve_config",
    "write",
    "write_png",
]
