"""Pendulums as Gymnasium environments, one or many."""

from __future__ import annotations

from worldmodels_envs.environment import GeneratorEnv
from worldmodels_envs.pendulum.simulator import PendulumSimulator
from worldmodels_envs.vector import SimulatorVectorEnv


class PendulumEnv(GeneratorEnv):
    """One pendulum: `worldmodels/Pendulum-v0`.

    Observation: the noisy frame, uint8 (size, size, 1). Action: Discrete(1), which does nothing, since
    Gymnasium wants an action space. The reward is always 0 and the episode never terminates; the registered id
    truncates it after 100 steps. See `PendulumSimulator.look` for `info`.
    """

    simulator = PendulumSimulator


class PendulumVectorEnv(SimulatorVectorEnv):
    """Many pendulums in one call; see `PendulumEnv`."""

    simulator = PendulumSimulator
