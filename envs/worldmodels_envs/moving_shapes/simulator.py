"""Many moving shapes, stepped together."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from worldmodels_envs.moving_shapes.config import VARIANTS, MovingShapesConfig
from worldmodels_envs.moving_shapes.dynamics import MOVES, UNDECIDED, advance, outcomes, probabilities
from worldmodels_envs.random_walk.drawing import SHAPES, sprite_table
from worldmodels_envs.simulator import Info, Rows, Simulator
from worldmodels_envs.variation import Factor, Factors, colours, rgb, whole

Pixels = npt.NDArray[np.intp]
Frames = npt.NDArray[np.uint8]

# A pixel as one item of three bytes: stamping it is several times faster than stamping three of one.
_PIXEL = np.dtype("V3")


class ShapeLooks(NamedTuple):
    """What the shapes look like (episodes,): indices into the configuration's palettes."""

    shape: Pixels
    radius: Pixels
    colour: Pixels


class MovingShapesSimulator(Simulator):
    """Many moving shapes, each in a frame of its own, stepped together; the world is action-free.

    Args:
        config: The world.
        count: How many episodes run at once.
    """

    variants = VARIANTS
    factors: ClassVar[Factors] = {
        "background": Factor(lambda config: whole(0, 160), lambda value: {"background": int(value)}),
        "colour": Factor(lambda config: colours(1), lambda value: {"colours": rgb(value)}),
        "radius": Factor(
            lambda config: whole(min(config.sizes), max(config.sizes)), lambda value: {"radii": (int(value),)}
        ),
        "shape": Factor(
            lambda config: spaces.Discrete(len(SHAPES)), lambda value: {"shapes": (list(SHAPES)[int(value)],)}
        ),
        "speed": Factor(
            lambda config: whole(max(1, config.step // 2), config.step * 4 // 3), lambda value: {"speed": int(value)}
        ),
    }

    def __init__(self, config: MovingShapesConfig, count: int) -> None:
        super().__init__(config, count)
        # Gymnasium wants an action space; the only action does nothing.
        self.action_space = spaces.Discrete(1)
        self.frame_shape = (config.size, config.size, 3)
        self.looks = ShapeLooks(*np.zeros((3, count), dtype=np.intp))
        self.positions = np.zeros((count, 2), dtype=np.intp)
        self.directions = np.full(count, UNDECIDED, dtype=np.intp)
        self._radii = np.array(config.sizes, dtype=np.intp)
        self._sprites = sprite_table(config.shapes, config.sizes, config.size)
        self._palette = np.array(config.colours, dtype=np.uint8)

    def reset(self, rng: np.random.Generator, rows: Rows | None = None) -> None:
        """Start new episodes, in all rows or in some: other looks, at the centre, not yet moving."""
        rows = np.arange(self.count) if rows is None else rows
        config = self.config
        for mine, choices in zip(self.looks, (config.shapes, config.sizes, config.colours), strict=True):
            mine[rows] = rng.integers(len(choices), size=len(rows))
        jitter = rng.integers(-config.jitter, config.jitter, size=(len(rows), 2), endpoint=True)
        self.positions[rows] = config.size // 2 + jitter
        self.directions[rows] = UNDECIDED

    def step(
        self, rng: np.random.Generator, actions: npt.NDArray[np.intp] | None = None
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        """Move every shape: the first time in a direction drawn uniformly, then straight on; there is no end."""
        drawn = rng.integers(len(MOVES), size=self.count)
        directions = np.where(self.directions == UNDECIDED, drawn, self.directions)
        self.positions, self.directions = advance(self.positions, directions, self.config.step, *self.room())
        return np.zeros(self.count), np.zeros(self.count, dtype=np.bool_)

    def look(self, rows: Rows | None = None) -> tuple[Frames, Info]:
        """Return the frames and the ground truth of all rows or some.

        Returns:
            Frames uint8 (rows, size, size, 3), and `positions` (rows, 1, 2), the centre in px as (x, y);
            `direction` (rows,), index into `DIRECTIONS` of the move that led here, -1 before the first; the
            distribution of the next frame: `outcomes` (rows, 8, 2), the centre in px after a move each way, and
            `probabilities` (rows, 8) of each; and `shape`, `radius` and `colour` (rows,), indices into the
            configuration's palettes.
        """
        rows = np.arange(self.count) if rows is None else rows
        positions, directions = self.positions[rows], self.directions[rows]
        info: Info = {
            "positions": positions[:, None].copy(),
            "direction": directions,
            "outcomes": outcomes(positions, self.config.step, *self.room(rows)),
            "probabilities": probabilities(directions),
            **{name: part[rows] for name, part in self.looks._asdict().items()},
        }
        return self.draw(positions, rows), info

    def room(self, rows: Rows | None = None) -> tuple[Pixels, Pixels]:
        """Return the least and the greatest coordinates (rows,) of a centre of which the whole shape is seen."""
        radii = self._radii[self.looks.radius if rows is None else self.looks.radius[rows]]
        return radii, self.config.size - 1 - radii

    def draw(self, positions: Pixels, rows: Rows) -> Frames:
        """Draw frames (frames, size, size, 3) with the looks of `rows` (frames,) at positions (frames, 2)."""
        size = self.config.size
        frames = np.full((len(rows), size, size, 3), self.config.background, dtype=np.uint8)
        offsets = self._sprites[self.looks.shape[rows] * len(self._radii) + self.looks.radius[rows]]
        origins = positions @ np.array([1, size]) + size**2 * np.arange(len(rows))
        colours = self._palette[self.looks.colour[rows]].view(_PIXEL)
        frames.reshape(-1).view(_PIXEL)[offsets + origins[:, None]] = colours
        return frames
