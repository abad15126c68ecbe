"""Pendulum: noisy pictures of a pendulum that unseen torques drive (Karl et al., 2017)."""

from worldmodels_envs.pendulum.config import VARIANTS, PendulumConfig, resolve_config
from worldmodels_envs.pendulum.environment import PendulumEnv, PendulumVectorEnv
from worldmodels_envs.pendulum.simulator import PendulumSimulator

batches, generate = PendulumSimulator.batches, PendulumSimulator.generate

__all__ = [
    "VARIANTS",
    "PendulumConfig",
    "PendulumEnv",
    "PendulumSimulator",
    "PendulumVectorEnv",
    "batches",
    "generate",
    "resolve_config",
]
