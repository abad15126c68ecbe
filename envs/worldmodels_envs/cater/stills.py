"""CLEVR-like stills: a few solids on CATER's ground, and what a still looks like after true edits."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from worldmodels_envs.cater.camera import HOME, Floats, ground_directions
from worldmodels_envs.cater.catalogue import ASSETS, MATERIALS, PALETTE, Thing
from worldmodels_envs.cater.config import CaterConfig
from worldmodels_envs.cater.generation import Arrays, spread
from worldmodels_envs.cater.renderer import Picture, Renderer
from worldmodels_envs.cater.scene import LAMPS, CaterScene
from worldmodels_envs.variants import Variants

SHAPES = ("cube", "sphere", "cylinder")
GAP = 0.25
TRIES = 200
TURN = 25.0


@dataclass(frozen=True)
class StillsConfig:
    """Solids within a disc, seen by a camera that is CATER's, but with square pixels and nearer.

    Args:
        size: Height and width of a frame, px; one number for both.
        min_objects: Fewest objects in a scene.
        max_objects: Most objects in a scene.
        sizes: Radii of objects.
        reach: Radius of the disc that their centres are in.
        margin: How far apart centres are at least, across and along the camera's view, as in CLEVR.
        field: Tangent of half the field of view, across and down.
        camera_jitter: Largest random shift of the camera along each axis.
        light_jitter: Largest random shift of each lamp along each axis.
        supersample: Every pixel averages a square of this side of rendered pixels.
        detail: Segments around a round mesh.

    Raises:
        ValueError: A value is out of range.
    """

    size: int | tuple[int, int] = 64
    min_objects: int = 2
    max_objects: int = 4
    sizes: tuple[float, ...] = (0.7, 0.45)
    reach: float = 2.6
    margin: float = 0.4
    field: float = 0.32
    camera_jitter: float = 0.0
    light_jitter: float = 0.0
    supersample: int = 2
    detail: int = 12

    def __post_init__(self) -> None:
        if not 1 <= self.min_objects <= self.max_objects <= 10:
            raise ValueError(f"objects are {self.min_objects} to {self.max_objects}, must be within 1..10")
        if not self.sizes or min(self.sizes) <= 0 or self.reach <= 0 or not 0 < self.field < 2:
            raise ValueError("sizes and reach must be above 0, and field between 0 and 2")
        if self.camera_jitter < 0 or self.light_jitter < 0:
            raise ValueError("camera_jitter and light_jitter must not be negative")

    @property
    def pictures(self) -> CaterConfig:
        """What the renderer needs to know."""
        return CaterConfig(size=self.size, frames=1, supersample=self.supersample, detail=self.detail)


STILLS = Variants(
    "stills",
    {
        "clevr4": StillsConfig(),
        "clevr4_jitter": StillsConfig(camera_jitter=0.5, light_jitter=1.0),
        "clevr2345": StillsConfig(max_objects=5),
        "clevr6": StillsConfig(min_objects=3, max_objects=6, sizes=(0.6, 0.4)),
        "clevr10": StillsConfig(min_objects=3, max_objects=10, sizes=(0.5, 0.35), reach=3.0, margin=0.15),
    },
)


class Edited(NamedTuple):
    """A scene and what it truly looks like after one edit each.

    Fields: scene; places (n, 3) and radii (n,) of its objects; pictures, by the name of an edit: "scene" itself;
    "moved", object 0 shifted by `by` (3,); "removed", without object 0; "added", with a copy of the object of `other`
    at `at` (3,); "swapped", objects 0 and 1 having changed places, each at its own height; "left" and "right", seen by
    a camera turned clockwise and counter-clockwise, from above, by 25 degrees; "guest", `other` itself, of one object.
    """

    scene: CaterScene
    other: CaterScene
    by: Floats
    at: Floats
    pictures: Mapping[str, Picture]


def sample_still(rng: np.random.Generator, config: StillsConfig, count: int | None = None) -> CaterScene:
    """Draw a scene of so many objects, or of as many as the configuration allows."""
    count = int(rng.integers(config.min_objects, config.max_objects + 1)) if count is None else count
    eye = np.array(HOME) + rng.uniform(-config.camera_jitter, config.camera_jitter, 3)
    lamps = LAMPS + rng.uniform(-config.light_jitter, config.light_jitter, LAMPS.shape)
    while True:
        things = tuple(_sample_thing(rng, config, index) for index in range(count))
        spots = np.empty((0, 2))
        for thing in things:
            spot = free_spot(rng, config, thing.radius, spots, np.array([t.radius for t in things[: len(spots)]]), eye)
            if spot is None:
                break
            spots = np.vstack([spots, spot])
        if len(spots) == count:
            heights = [thing.rest_height for thing in things]
            return CaterScene(things, np.column_stack([spots, heights]), eye[None], lamps)


def free_spot(
    rng: np.random.Generator, config: StillsConfig, radius: float, spots: Floats, radii: Floats, eye: Floats
) -> Floats | None:
    """Draw a place (x, y) for an object of some radius beside others; None where many tries find no room."""
    directions = ground_directions(eye)
    across = np.stack([directions["left"][:2], directions["behind"][:2]])
    turns, shares = rng.uniform(-np.pi, np.pi, TRIES), np.sqrt(rng.random(TRIES))
    tries = config.reach * shares[:, None] * np.stack([np.cos(turns), np.sin(turns)], axis=-1)
    apart = tries[:, None] - spots
    near = np.linalg.norm(apart, axis=-1) - radii - radius < GAP
    aligned = (np.abs(apart @ across.T) < config.margin).any(-1)
    free = np.flatnonzero(~(near | aligned).any(-1))
    return tries[free[0]] if len(free) else None


def stills(
    config: StillsConfig | str = "clevr4",
    count: int = 1,
    seed: int = 0,
    *,
    start: int = 0,
    objects: int | None = None,
    masks: bool = True,
    processes: int = 1,
) -> Iterator[Arrays]:
    """Yield scenes number start, start + 1, ... as dicts of arrays; the seed and a number decide each.

    Args:
        config: What to generate, or the name of one of `STILLS`.
        count: How many.
        seed: Which endless row of scenes.
        start: Number of the first.
        objects: How many objects each has, where not as many as the configuration says.
        masks: Whether to add the masks.
        processes: How many processes draw.

    Yields:
        `frame` uint8 (height, width, 3); `positions` float32 (objects, 3) and `radii` float32 (objects,), NaN where
        there is none; `mask` int8 (height, width), the object's number or -1.
    """
    job = functools.partial(_draw, config=STILLS.resolve(config), seed=seed, objects=objects, masks=masks)
    yield from spread(job, range(start, start + count), processes)


def edited_stills(
    config: StillsConfig | str = "clevr4", count: int = 1, seed: int = 0, *, start: int = 0, processes: int = 1
) -> Iterator[Edited]:
    """Yield scenes of at least two objects with their true edits; arguments as in `stills`."""
    job = functools.partial(_draw_edited, config=STILLS.resolve(config), seed=seed)
    yield from spread(job, range(start, start + count), processes)


def _draw(number: int, *, config: StillsConfig, seed: int, objects: int | None, masks: bool) -> Arrays:
    scene = sample_still(np.random.default_rng((seed, number)), config, objects)
    picture = _shoot(config, scene, masks)
    most = max(config.max_objects, objects or 0)
    positions, radii = np.full((most, 3), np.nan, np.float32), np.full(most, np.nan, np.float32)
    positions[: len(scene.things)], radii[: len(scene.things)] = scene.places, scene.radii
    arrays: Arrays = {"frame": picture.frame, "positions": positions, "radii": radii}
    return arrays if picture.mask is None else arrays | {"mask": picture.mask}


def _draw_edited(number: int, *, config: StillsConfig, seed: int) -> Edited:
    rng = np.random.default_rng((seed, number))
    while True:
        scene = sample_still(rng, config, int(rng.integers(max(2, config.min_objects), config.max_objects + 1)))
        other = sample_still(rng, config, 1)._replace(eyes=scene.eyes, lamps=scene.lamps)
        mover, guest = scene.things[0], other.things[0]
        new = free_spot(rng, config, mover.radius, scene.places[1:, :2], scene.radii[1:], scene.eyes[0])
        room = free_spot(rng, config, guest.radius, scene.places[:, :2], scene.radii, scene.eyes[0])
        if new is not None and room is not None:
            break
    by, at = np.append(new - scene.places[0, :2], 0.0), np.append(room, guest.rest_height)
    moved, swapped = scene.places.copy(), scene.places.copy()
    moved[0] += by
    swapped[[0, 1], :2] = scene.places[[1, 0], :2]
    views = {
        "scene": scene,
        "moved": scene._replace(places=moved),
        "removed": scene._replace(things=scene.things[1:], places=scene.places[1:]),
        "added": scene._replace(things=(*scene.things, guest), places=np.vstack([scene.places, at])),
        "swapped": scene._replace(places=swapped),
        "guest": other,
        "left": scene._replace(eyes=_turned(scene.eyes, -TURN)),
        "right": scene._replace(eyes=_turned(scene.eyes, TURN)),
    }
    return Edited(scene, other, by, at, {name: _shoot(config, view, True) for name, view in views.items()})


def _shoot(config: StillsConfig, scene: CaterScene, masks: bool) -> Picture:
    renderer = _renderer(config)
    renderer.load(scene)
    still = np.zeros((1, len(scene.things)))
    return next(renderer.render(scene.places[None], still, scene.eyes, masks=masks))


@functools.cache
def _renderer(config: StillsConfig) -> Renderer:
    pictures = config.pictures
    return Renderer(pictures, (config.field, config.field * pictures.height / pictures.width))


def _sample_thing(rng: np.random.Generator, config: StillsConfig, index: int) -> Thing:
    shape, material, colour = (names[rng.integers(len(names))] for names in (SHAPES, MATERIALS, PALETTE))
    radius = float(config.sizes[rng.integers(len(config.sizes))])
    size = "large" if radius == max(config.sizes) else "small"
    return Thing(shape, size, radius, material, colour, f"{ASSETS[shape]}_{index}", 360.0 * rng.random())


def _turned(eyes: Floats, degrees: float) -> Floats:
    """Turn places (frames, 3) about the vertical axis, counter-clockwise from above."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    spin: npt.NDArray[np.float64] = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    return np.asarray(eyes @ spin.T)
