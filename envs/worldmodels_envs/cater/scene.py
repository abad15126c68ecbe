"""A CATER scene before anything moves: objects on the ground, camera, lamps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from worldmodels_envs.cater.camera import Floats, camera_path, ground_directions
from worldmodels_envs.cater.catalogue import Thing, sample_things
from worldmodels_envs.cater.config import CaterConfig

EXTENT = 3.0
MIN_GAP = 0.25
MARGIN = 0.4
TRIES = 50
LAMPS = np.array([(6.45, -2.91, 4.26), (-1.17, 2.65, 5.82), (-4.67, -4.01, 3.01)])


class CaterScene(NamedTuple):
    """What a video starts from.

    Fields: things, the n objects, the snitch first; places (n, 3), their centres; eyes (frames, 3), the
    camera; lamps (3, 3), the places of the key, back and fill light.
    """

    things: tuple[Thing, ...]
    places: Floats
    eyes: Floats
    lamps: Floats

    @property
    def radii(self) -> Floats:
        """The objects' radii (n,)."""
        return np.array([thing.radius for thing in self.things])


def sample_scene(rng: np.random.Generator, config: CaterConfig) -> CaterScene:
    """Draw objects, places without collisions, camera and lamps."""
    count = int(rng.integers(config.min_objects, config.max_objects + 1))
    eyes = camera_path(rng, config)
    lamps = LAMPS + rng.uniform(-config.light_jitter, config.light_jitter, LAMPS.shape)
    directions = ground_directions(eyes[0])
    across = np.stack([directions["left"][:2], directions["behind"][:2]])
    while True:
        things = sample_things(rng, count)
        spots = _scatter(rng, np.array([thing.radius for thing in things]), across)
        if spots is not None:
            heights = np.array([thing.rest_height for thing in things])
            return CaterScene(things, np.column_stack([spots, heights]), eyes, lamps)


def _scatter(rng: np.random.Generator, radii: Floats, across: Floats) -> Floats | None:
    """Place objects one by one, 50 tries each; None when one of them finds no room."""
    spots = np.empty((0, 2))
    for index, radius in enumerate(radii):
        tries = rng.uniform(-EXTENT, EXTENT, (TRIES, 2))
        apart = tries[:, None] - spots
        near = np.linalg.norm(apart, axis=-1) - radii[:index] - radius < MIN_GAP
        aligned = (np.abs(apart @ across.T) < MARGIN).any(-1)
        free = np.flatnonzero(~(near | aligned).any(-1))
        if not len(free):
            return None
        spots = np.vstack([spots, tries[free[0]]])
    return spots
