"""Dice as Gymnasium environments, one or many."""

from __future__ import annotations

from worldmodels_envs.dice.simulator import DiceSimulator
from worldmodels_envs.environment import GeneratorEnv
from worldmodels_envs.vector import SimulatorVectorEnv


class DiceEnv(GeneratorEnv):
    """One die: `worldmodels/Dice-v0`.

    Observation: the frame, uint8 (size, size, 3). Action: Discrete(1), which does nothing, since Gymnasium wants an
    action space: each step shows the die from another camera, whose pose is in `info["camera"]`. The reward is
    always 0 and the episode never terminates; the registered id truncates it after 11 steps. See `DiceSimulator.look`
    for `info`.
    """

    simulator = DiceSimulator


class DiceVectorEnv(SimulatorVectorEnv):
    """Many dice in one call; see `DiceEnv`."""

    simulator = DiceSimulator
