"""Dice: a cube with a digit on each face, seen from cameras around it (the scenes of JUMP)."""

from worldmodels_envs.dice.config import FACES, VARIANTS, DiceConfig, resolve_config
from worldmodels_envs.dice.environment import DiceEnv, DiceVectorEnv
from worldmodels_envs.dice.simulator import DiceSimulator

batches, generate = DiceSimulator.batches, DiceSimulator.generate

__all__ = [
    "FACES",
    "VARIANTS",
    "DiceConfig",
    "DiceEnv",
    "DiceSimulator",
    "DiceVectorEnv",
    "batches",
    "generate",
    "resolve_config",
]
