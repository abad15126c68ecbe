"""Random Walk: balls on black, each step one of four directions (the thesis' chapter 8)."""

from worldmodels_envs.random_walk.config import VARIANTS, RandomWalkConfig, resolve_config
from worldmodels_envs.random_walk.contact_sheet import contact_sheet
from worldmodels_envs.random_walk.dynamics import DIRECTIONS, STAY
from worldmodels_envs.random_walk.environment import RandomWalkEnv, RandomWalkVectorEnv
from worldmodels_envs.random_walk.reach import RandomWalkReachEnv, RandomWalkReachVectorEnv, greedy_actions
from worldmodels_envs.random_walk.simulator import RandomWalkSimulator

batches, generate = RandomWalkSimulator.batches, RandomWalkSimulator.generate

__all__ = [
    "DIRECTIONS",
    "STAY",
    "VARIANTS",
    "RandomWalkConfig",
    "RandomWalkEnv",
    "RandomWalkReachEnv",
    "RandomWalkReachVectorEnv",
    "RandomWalkSimulator",
    "RandomWalkVectorEnv",
    "batches",
    "contact_sheet",
    "generate",
    "greedy_actions",
    "resolve_config",
]
