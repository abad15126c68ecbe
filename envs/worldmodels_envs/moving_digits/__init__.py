"""Moving digits: handwritten digits that bounce off a frame's walls (SRVP's stochastic moving MNIST)."""

from worldmodels_envs.moving_digits.config import VARIANTS, MovingDigitsConfig, resolve_config
from worldmodels_envs.moving_digits.dataset import blocks, evaluation_set, generate, write
from worldmodels_envs.moving_digits.digits import Digits, load_digits
from worldmodels_envs.moving_digits.environment import MovingDigitsEnv, MovingDigitsVectorEnv

__all__ = [
    "VARIANTS",
    "Digits",
    "MovingDigitsConfig",
    "MovingDigitsEnv",
    "MovingDigitsVectorEnv",
    "blocks",
    "evaluation_set",
    "generate",
    "load_digits",
    "resolve_config",
    "write",
]
