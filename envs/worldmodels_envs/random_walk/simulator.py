"""Many Random Walks, stepped together."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from worldmodels_envs.random_walk.config import VARIANTS, RandomWalkConfig
from worldmodels_envs.random_walk.drawing import (
    SHAPES,
    Stencils,
    cut_stencils,
    draw_frames,
    label_pixels,
    sprite_table,
    stamp_places,
)
from worldmodels_envs.random_walk.dynamics import STAY, Walk
from worldmodels_envs.simulator import Arrays, Info, Rows, Simulator
from worldmodels_envs.variation import Factor, Factors, colours, rgb, whole

_LOOKS = ("shapes", "radii", "colours")


class Looks(NamedTuple):
    """What the balls look like (episodes, balls): indices into the configuration's palettes."""

    shape: npt.NDArray[np.intp]
    radius: npt.NDArray[np.intp]
    colour: npt.NDArray[np.intp]


class RandomWalkSimulator(Simulator):
    """Many Random Walks, stepped together; they are action-free.

    Args:
        config: The world.
        count: How many episodes run at once.
        masks: Whether `look` reports the balls' masks.
    """

    variants = VARIANTS
    options: ClassVar[tuple[str, ...]] = ("masks",)
    factors: ClassVar[Factors] = {
        "colours": Factor(lambda config: colours(config.balls), lambda value: {"colours": rgb(value)}),
        "radius": Factor(lambda config: whole(2, 4), lambda value: {"radii": (int(value),)}),
        "shapes": Factor(
            lambda config: spaces.MultiDiscrete([len(SHAPES)] * config.balls),
            lambda value: {"shapes": tuple(list(SHAPES)[index] for index in value)},
        ),
        "step": Factor(lambda config: whole(2, 4), lambda value: {"step": int(value)}),
    }
    extra_shapes: tuple[str, ...] = ()

    def __init__(self, config: RandomWalkConfig, count: int, *, masks: bool = True) -> None:
        super().__init__(config, count)
        self.masks = masks
        self.action_space = spaces.Discrete(1)
        self.frame_shape = (config.size, config.size, 3)
        self.walk = Walk(config)
        self._table = sprite_table((*config.shapes, *self.extra_shapes), config.radii, config.size)
        self._palette = np.array(config.colours, dtype=np.uint8)
        self._allocate()

    # Views are made when asked for: a stored one would lose its base when the world is copied or pickled.
    @property
    def positions(self) -> npt.NDArray[np.intp]:
        """The balls' centres (count, balls, 2) in px as (x, y); writing to it moves them."""
        return self._places[:, : self.config.balls]

    def reset(self, rng: np.random.Generator, rows: Rows | None = None) -> None:
        """Start new episodes, in all rows or in some: new looks, new places."""
        rows = np.arange(self.count) if rows is None else rows
        looks = self.draw_looks(rng, len(rows))
        for mine, new in zip(self.looks, looks, strict=True):
            mine[rows] = new
        self.positions[rows] = self.walk.scatter(rng, looks.radius)
        self.rules[rows] = STAY
        self._stencils.put(rows, self._cut(looks))

    def step(
        self, rng: np.random.Generator, actions: npt.NDArray[np.intp] | None = None
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        """Move every ball; there is no reward and no end, and the only action does nothing."""
        self.rules = self.walk.advance(rng, self.positions, self.looks.radius)
        return np.zeros(self.count), np.zeros(self.count, dtype=np.bool_)

    def look(self, rows: Rows | None = None) -> tuple[npt.NDArray[np.uint8], Info]:
        """Return the frames and the ground truth of all rows or some.

        Returns:
            Frames uint8 (rows, size, size, 3), and `positions` int16 (rows, balls, 2) in px as (x, y), `rules` int8
            (rows, balls, moves), the direction ids that led to this frame, `STAY` where there are none; `shapes`,
            `radii` and `colours` uint8 (rows, balls), indices into the configuration's palettes; and with masks
            `masks` bool (rows, balls, size, size), true where the ball is seen.
        """
        chosen = slice(None) if rows is None else rows
        stencils = self._stencils if rows is None else self._stencils.take(rows)
        frames, masks = self._draw(stencils, self._places[chosen], self.masks)
        info: Info = {"positions": self.positions[chosen].astype(np.int16), "rules": self.rules[chosen].copy()}
        info |= {name: part[chosen].astype(np.uint8) for name, part in zip(_LOOKS, self.looks, strict=True)}
        return frames, info if masks is None else {**info, "masks": masks}

    def roll(self, rng: np.random.Generator, length: int, rows: slice = slice(None)) -> Arrays:
        """Run all episodes from their start; the walks come first, then all frames of all rows are drawn at once."""
        self.reset(rng)
        walked = [(self._places.copy(), self.rules)]
        for _ in range(length - 1):
            self.step(rng)
            walked.append((self._places.copy(), self.rules))
        places, rules = (np.stack(part, axis=1)[rows] for part in zip(*walked, strict=True))
        shape = places.shape[:2]
        stencils = self._stencils.take(np.arange(self.count)[rows].repeat(length))
        frames, masks = self._draw(stencils, places.reshape(-1, *places.shape[2:]), self.masks)
        drawn = {"frames": frames} if masks is None else {"frames": frames, "masks": masks}
        looks = zip(_LOOKS, self.looks, strict=True)
        return {
            **{name: array.reshape(*shape, *array.shape[1:]) for name, array in drawn.items()},
            "positions": places[:, :, : self.config.balls].astype(np.int16),
            "rules": rules,
            **{name: part[rows, None].astype(np.uint8).repeat(length, axis=1) for name, part in looks},
        }

    def _draw(
        self, stencils: Stencils, places: npt.NDArray[np.intp], masks: bool
    ) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_] | None]:
        size = self.config.size
        stamped = stamp_places(stencils, places[:, self._order], size)
        seen = self._split(label_pixels(stencils, stamped, size)) if masks else None
        return draw_frames(stencils, stamped, size), seen

    def draw_looks(self, rng: np.random.Generator, episodes: int) -> Looks:
        """Draw what the balls of new episodes look like."""
        config, shape = self.config, (episodes, self.config.balls)
        if not config.shuffle:
            order = np.broadcast_to(np.arange(config.balls), shape)
            return Looks(order % len(config.shapes), order % len(config.radii), order)
        return Looks(
            rng.integers(len(config.shapes), size=shape, dtype=np.intp),
            rng.integers(len(config.radii), size=shape, dtype=np.intp),
            self._shuffle_colours(rng, episodes),
        )

    def _shuffle_colours(self, rng: np.random.Generator, episodes: int) -> npt.NDArray[np.intp]:
        order = rng.random((episodes, len(self.config.colours))).argsort(axis=1)
        return order[:, : self.config.balls]

    def _things(self, looks: Looks) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.uint8]]:
        """Return the sprites (episodes, things) and colours (episodes, things, 3) of everything drawn."""
        return looks.shape * len(self.config.radii) + looks.radius, self._palette[looks.colour]

    def _painting_order(self) -> list[int]:
        """Return the things' indices from the bottom layer to the top."""
        return list(range(self.config.balls))[::-1]

    def _allocate(self) -> None:
        balls = (self.count, self.config.balls)
        self.looks = Looks(*np.zeros((3, *balls), dtype=np.intp))
        self.rules = np.full((*balls, self.config.moves), STAY, dtype=np.int8)
        self._order = np.array(self._painting_order())
        self._ball_names = (1 + self._order.argsort()[: self.config.balls]).astype(np.uint8)
        self._places = np.zeros((self.count, len(self._order), 2), dtype=np.intp)
        self._stencils = self._cut(self.looks)

    def _cut(self, looks: Looks) -> Stencils:
        sprites, colours = self._things(looks)
        return cut_stencils(self._table, sprites[:, self._order], colours[:, self._order])

    def _split(self, labels: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
        size = self.config.size
        seen: npt.NDArray[np.bool_] = labels[:, None] == self._ball_names[:, None]
        return seen.reshape(len(labels), -1, size, size)
