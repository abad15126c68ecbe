"""Moving shapes: one shape leaves the centre in one of eight directions (VideoFlow's Stochastic Movement)."""

from worldmodels_envs.moving_shapes.config import VARIANTS, MovingShapesConfig, resolve_config
from worldmodels_envs.moving_shapes.dataset import blocks, generate, write
from worldmodels_envs.moving_shapes.dynamics import DIRECTIONS
from worldmodels_envs.moving_shapes.environment import MovingShapesEnv, MovingShapesVectorEnv

__all__ = [
    "DIRECTIONS",
    "VARIANTS",
    "MovingShapesConfig",
    "MovingShapesEnv",
    "MovingShapesVectorEnv",
    "blocks",
    "generate",
    "resolve_config",
    "write",
]
