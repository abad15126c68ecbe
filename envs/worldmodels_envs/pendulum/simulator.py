"""Many pendulums, stepped together."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from worldmodels_envs.pendulum.config import VARIANTS, PendulumConfig
from worldmodels_envs.pendulum.drawing import draw_rods
from worldmodels_envs.pendulum.dynamics import Swing, swing
from worldmodels_envs.simulator import Info, Rows, Simulator
from worldmodels_envs.variation import Factor, Factors, between


class PendulumSimulator(Simulator):
    """Many pendulums, stepped together; they are action-free, and what drives them is not seen.

    Args:
        config: The world.
        count: How many episodes run at once.
    """

    variants = VARIANTS
    factors: ClassVar[Factors] = {
        "friction": Factor(lambda config: between(0, 1), lambda value: {"friction": float(value)}),
        "gravity": Factor(lambda config: between(5, 15), lambda value: {"gravity": float(value)}),
        "noise": Factor(lambda config: between(0, 0.2), lambda value: {"noise": float(value)}),
        "torque": Factor(lambda config: between(0, 4), lambda value: {"torque": float(value)}),
    }

    def __init__(self, config: PendulumConfig, count: int) -> None:
        super().__init__(config, count)
        self.action_space = spaces.Discrete(1)
        self.frame_shape = (config.size, config.size, 1)
        self.swing = Swing(np.zeros(count), np.zeros(count))
        self.torques = np.zeros(count)
        # A frame's noise must not change with how often one looks, so that frames are kept.
        self._frames = np.zeros((count, *self.frame_shape), dtype=np.uint8)

    def reset(self, rng: np.random.Generator, rows: Rows | None = None) -> None:
        """Start new episodes, in all rows or in some: any angle, another velocity."""
        rows = np.arange(self.count) if rows is None else rows
        self.swing.angles[rows] = rng.uniform(-np.pi, np.pi, len(rows))
        self.swing.velocities[rows] = rng.uniform(-self.config.velocity, self.config.velocity, len(rows))
        self._go_on(rng, rows)

    def step(
        self, rng: np.random.Generator, actions: npt.NDArray[np.intp] | None = None
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        """Let every pendulum swing on; there is no reward and no end, and the only action does nothing."""
        self.swing = swing(self.config, self.swing, self.torques)
        self._go_on(rng, np.arange(self.count))
        return np.zeros(self.count), np.zeros(self.count, dtype=np.bool_)

    def look(self, rows: Rows | None = None) -> tuple[npt.NDArray[np.uint8], Info]:
        """Return the frames and the ground truth of all rows or some.

        Returns:
            Frames uint8 (rows, size, size, 1), and float32 (rows,) `angles` in rad, 0 upright and growing
            clockwise, `velocities` in rad/s, and `torques`, which act from this frame to the next.
        """
        rows = np.arange(self.count) if rows is None else rows
        truth = {"angles": self.swing.angles, "velocities": self.swing.velocities, "torques": self.torques}
        return self._frames[rows], {name: values[rows].astype(np.float32) for name, values in truth.items()}

    def _go_on(self, rng: np.random.Generator, rows: Rows) -> None:
        """Draw the torques that come next, and take the picture."""
        self.torques[rows] = rng.uniform(-self.config.torque, self.config.torque, len(rows))
        rods = draw_rods(self.swing.angles[rows], self.config.size)
        rods += self.config.noise * rng.standard_normal(rods.shape)
        self._frames[rows] = np.rint(255 * np.clip(rods, 0, 1)).astype(np.uint8)[..., None]
