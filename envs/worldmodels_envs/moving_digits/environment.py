"""Moving digits as Gymnasium environments, one or many."""

from __future__ import annotations

from worldmodels_envs.environment import GeneratorEnv
from worldmodels_envs.moving_digits.simulator import MovingDigitsSimulator
from worldmodels_envs.vector import SimulatorVectorEnv


class MovingDigitsEnv(GeneratorEnv):
    """One frame with moving digits: `worldmodels/MovingDigits-v0`.

    Observation: the frame, uint8 (size, size, channels). Action: Discrete(1), which does nothing, since
    Gymnasium wants an action space. The reward is always 0 and the episode never terminates; the registered id
    truncates it after 100 steps. See `MovingDigitsSimulator.look` for `info`.
    """

    simulator = MovingDigitsSimulator


class MovingDigitsVectorEnv(SimulatorVectorEnv):
    """Many frames with moving digits in one call; see `MovingDigitsEnv`."""

    simulator = MovingDigitsSimulator
