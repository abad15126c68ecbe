"""Random Walk as Gymnasium environments, one or many."""

from __future__ import annotations

from worldmodels_envs.environment import GeneratorEnv
from worldmodels_envs.random_walk.simulator import RandomWalkSimulator
from worldmodels_envs.vector import SimulatorVectorEnv


class RandomWalkEnv(GeneratorEnv):
    """One Random Walk: `worldmodels/RandomWalk-v0`.

    Observation: the frame, uint8 (size, size, 3). Action: Discrete(1), which does nothing, since Gymnasium
    wants an action space. The reward is always 0 and the episode never terminates; the registered id
    truncates it after 50 steps. See `RandomWalkSimulator.look` for `info`, of which `masks=False` leaves the masks out.
    """

    simulator = RandomWalkSimulator


class RandomWalkVectorEnv(SimulatorVectorEnv):
    """Many Random Walks in one call; see `RandomWalkEnv`."""

    simulator = RandomWalkSimulator
