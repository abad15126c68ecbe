"""Pendulum: noisy pictures of a pendulum that unseen torques drive (Karl et al., 2017)."""

from worldmodels_envs.pendulum.config import VARIANTS, PendulumConfig, resolve_config
from worldmodels_envs.pendulum.dataset import blocks, generate, write
from worldmodels_envs.pendulum.environment import PendulumEnv, PendulumVectorEnv

__all__ = [
    "VARIANTS",
    "PendulumConfig",
    "PendulumEnv",
    "PendulumVectorEnv",
    "blocks",
    "generate",
    "resolve_config",
    "write",
]
