"""Many dice, each seen from a camera that is elsewhere at every step."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from worldmodels_envs.dice.camera import place_cameras, poses
from worldmodels_envs.dice.config import FACES, VARIANTS, DiceConfig
from worldmodels_envs.dice.drawing import Room, draw_scenes
from worldmodels_envs.moving_digits.config import MovingDigitsConfig
from worldmodels_envs.moving_digits.digits import load_digits
from worldmodels_envs.simulator import Info, Rows, Simulator

# Of the digits' pictures, px: as fine as the finest face is drawn.
_SIDE = 28


class DiceSimulator(Simulator):
    """Many dice at rest; each step shows them from other cameras around, which are drawn evenly. Action-free.

    Args:
        config: The world.
        count: How many scenes there are at once.
    """

    variants = VARIANTS

    def __init__(self, config: DiceConfig, count: int) -> None:
        super().__init__(config, count)
        self.action_space = spaces.Discrete(1)
        self.frame_shape = (config.size, config.size, 3)
        digits = load_digits(MovingDigitsConfig(digit_size=_SIDE, split=config.split, folder=config.folder))
        self.pictures, self.labels = digits.pictures[: config.digits] / 255.0, digits.labels[: config.digits]
        self.room = _draw_rooms(config, np.random.default_rng(0), count)
        self.cameras = np.zeros((count, 3))

    def reset(self, rng: np.random.Generator, rows: Rows | None = None) -> None:
        """Throw new dice, in all rows or in some."""
        rows = np.arange(self.count) if rows is None else rows
        for mine, new in zip(self.room, _draw_rooms(self.config, rng, len(rows)), strict=True):
            mine[rows] = new
        self._move_cameras(rng, rows)

    def step(
        self, rng: np.random.Generator, actions: npt.NDArray[np.intp] | None = None
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        """Move every camera; there is no reward and no end, and the only action does nothing."""
        self._move_cameras(rng, np.arange(self.count))
        return np.zeros(self.count), np.zeros(self.count, dtype=np.bool_)

    def look(self, rows: Rows | None = None) -> tuple[npt.NDArray[np.uint8], Info]:
        """Return the frames and the ground truth of all rows or some.

        Returns:
            Frames uint8 (rows, size, size, 3); `camera` float32 (rows, 7), its x, y, z in edges of the cube and the
            sines and cosines of its yaw and pitch; `pictures` and `labels` (rows, 6), which picture of a digit is on
            each face, and which digit it is; `faces` float32 (rows, 6), the share of the frame that each face has.
        """
        rows = np.arange(self.count) if rows is None else rows
        return self.draw(self.room.take(rows), self.cameras[rows])

    def draw(self, room: Room, cameras: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.uint8], Info]:
        """Return frames and ground truth of scenes as cameras (scenes, 3) see them."""
        config = self.config
        frames, shares = draw_scenes(room, cameras, self.pictures, config.size, config.shadow)
        truth: Info = {"camera": poses(cameras).astype(np.float32), "pictures": room.faces.astype(np.int64)}
        return frames, truth | {"labels": self.labels[room.faces], "faces": shares}

    def _move_cameras(self, rng: np.random.Generator, rows: Rows) -> None:
        azimuths = rng.uniform(-np.pi, np.pi, len(rows))
        least, most = self.config.elevation
        elevations = np.deg2rad(rng.uniform(least, most, len(rows)))
        self.cameras[rows] = place_cameras(azimuths, elevations, self.config.distance)


def _draw_rooms(config: DiceConfig, rng: np.random.Generator, count: int) -> Room:
    turns = rng.uniform(-np.pi, np.pi, count)
    faces = rng.integers(config.digits, size=(count, len(FACES)), dtype=np.intp)
    if not config.room:
        fixed = np.ones((count, 1))
        light = fixed * np.array([0.48, 0.36, 0.8])
        cube, walls, floor = (fixed * np.array(colour) for colour in ((1.0, 0.95, 0.85), (0.2, 0.3, 0.5), (0.35,) * 3))
        return Room(turns, np.zeros((count, 2)), faces, light, cube, walls, floor)
    places = rng.uniform(-0.3, 0.3, (count, 2))
    azimuths, heights = rng.uniform(-np.pi, np.pi, count), rng.uniform(0.6, 0.9, count)
    flat = np.sqrt(1 - heights**2)
    light = np.stack([flat * np.cos(azimuths), flat * np.sin(azimuths), heights], -1)
    cube, walls, floor = rng.uniform(0.7, 1.0, (count, 3)), rng.random((count, 3)), rng.uniform(0.2, 0.6, (count, 3))
    return Room(turns, places, faces, light, cube, walls, floor)
