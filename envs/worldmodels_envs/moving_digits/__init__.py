"""Moving digits: handwritten digits that bounce off a frame's walls (SRVP's stochastic moving MNIST)."""

from worldmodels_envs.moving_digits.config import VARIANTS, MovingDigitsConfig, resolve_config
from worldmodels_envs.moving_digits.digits import Digits, load_digits
from worldmodels_envs.moving_digits.environment import MovingDigitsEnv, MovingDigitsVectorEnv
from worldmodels_envs.moving_digits.evaluation import evaluation_set
from worldmodels_envs.moving_digits.simulator import MovingDigitsSimulator

batches, generate = MovingDigitsSimulator.batches, MovingDigitsSimulator.generate

__all__ = [
    "VARIANTS",
    "Digits",
    "MovingDigitsConfig",
    "MovingDigitsEnv",
    "MovingDigitsSimulator",
    "MovingDigitsVectorEnv",
    "batches",
    "evaluation_set",
    "generate",
    "load_digits",
    "resolve_config",
]
