"""Moving shapes: one shape leaves the centre in one of eight directions (VideoFlow's Stochastic Movement)."""

from worldmodels_envs.moving_shapes.config import VARIANTS, MovingShapesConfig, resolve_config
from worldmodels_envs.moving_shapes.dynamics import DIRECTIONS
from worldmodels_envs.moving_shapes.environment import MovingShapesEnv, MovingShapesVectorEnv
from worldmodels_envs.moving_shapes.simulator import MovingShapesSimulator

batches, generate = MovingShapesSimulator.batches, MovingShapesSimulator.generate

__all__ = [
    "DIRECTIONS",
    "VARIANTS",
    "MovingShapesConfig",
    "MovingShapesEnv",
    "MovingShapesSimulator",
    "MovingShapesVectorEnv",
    "batches",
    "generate",
    "resolve_config",
]
