"""Moving shapes as Gymnasium environments, one or many."""

from __future__ import annotations

from worldmodels_envs.environment import GeneratorEnv
from worldmodels_envs.moving_shapes.simulator import MovingShapesSimulator
from worldmodels_envs.vector import SimulatorVectorEnv


class MovingShapesEnv(GeneratorEnv):
    """One moving shape: `worldmodels/MovingShapes-v0`.

    Observation: the frame, uint8 (size, size, 3). Action: Discrete(1), which does nothing, since Gymnasium
    wants an action space. The reward is always 0 and the episode never terminates; the registered id
    truncates it after 19 steps. See `MovingShapesSimulator.look` for `info`, which holds the true distribution
    of the next frame.
    """

    simulator = MovingShapesSimulator


class MovingShapesVectorEnv(SimulatorVectorEnv):
    """Many moving shapes in one call; see `MovingShapesEnv`."""

    simulator = MovingShapesSimulator
