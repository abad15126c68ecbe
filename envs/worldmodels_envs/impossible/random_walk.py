"""Impossible events in Random Walk."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from worldmodels_envs.impossible.pairs import KINDS, Pairs, check_counts
from worldmodels_envs.random_walk.config import VARIANTS, RandomWalkConfig
from worldmodels_envs.random_walk.drawing import cut_stencils, draw_frames, sprite_table, stamp_places
from worldmodels_envs.random_walk.dynamics import Walk

Pixels = npt.NDArray[np.intp]

# A jump is of at least so many steps, so that no walk of two frames explains it.
_JUMP_STEPS = 4


def random_walk(
    config: RandomWalkConfig | str = "atomic",
    pairs: int = 200,
    length: int = 6,
    time: int = 4,
    seed: int = 0,
    **changes: Any,
) -> Pairs:
    """Make pairs of Random Walks; each kind of event has the same number of pairs, up to one.

    One ball does the impossible, one that no other ball is near: it jumps at least four steps; vanishes; takes the
    colour of none of the others; or goes on into a wall that it lies against and comes out of the opposite one.

    Args:
        config: A configuration or a variant's name.
        pairs: How many, at least 1.
        length: Frames of each video.
        time: The frame that the event leads to, 1..length - 1.
        seed: At least 0.
        **changes: Fields of `RandomWalkConfig` to change.

    Raises:
        ValueError: A number is out of range, or there is no colour left for a change.
    """
    check_counts(pairs, length, time)
    world = VARIANTS.resolve(config, **changes)
    if len(world.colours) <= world.balls:
        raise ValueError(f"{world.balls} balls need one more colour to change to, got {len(world.colours)}")
    rng = np.random.default_rng(seed)
    kinds = np.arange(pairs) % len(KINDS)
    # Many walks are made and those are kept in which a lone ball can do what its pair asks for.
    found = [_walk(world, rng, kind, int((kinds == kind).sum()), length, time) for kind in range(len(KINDS))]
    possible, impossible = (np.empty((pairs, length, world.size, world.size, 3), np.uint8) for _ in range(2))
    for kind, (first, second) in enumerate(found):
        possible[kinds == kind], impossible[kinds == kind] = first, second
    return Pairs(possible, impossible, kinds.astype(np.int8), time)


def _walk(
    world: RandomWalkConfig, rng: np.random.Generator, kind: int, count: int, length: int, time: int
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Both videos (count, length, ...) of each pair of one kind."""
    walk, tried = Walk(world), 8 * count + 64
    shapes, radii = np.arange(world.balls) % len(world.shapes), np.arange(world.balls) % len(world.radii)
    radius = np.broadcast_to(radii, (tried, world.balls))
    before = [walk.scatter(rng, radius)]
    for _ in range(time - 1):
        before.append(_moved(walk, rng, before[-1], radius))
    ball, fit = _choose(world, walk, before[-1], radius, KINDS[kind])
    kept = np.flatnonzero(fit)[:count]
    if len(kept) < count:
        raise ValueError(
            f"only {len(kept)} of {count} walks have a ball for the event {KINDS[kind]!r}; use fewer balls"
        )
    before, ball, radius, rows = [places[kept] for places in before], ball[kept], radius[kept], np.arange(count)
    after = [_moved(walk, rng, before[-1], radius)]
    broken = [after[0].copy()]
    if KINDS[kind] in ("jump", "wall"):
        broken[0][rows, ball] = _elsewhere(world, walk, rng, before[-1][rows, ball], radius[rows, ball], KINDS[kind])
    for futures in (after, broken):
        while len(futures) < length - time:
            futures.append(_moved(walk, rng, futures[-1], radius))
    colours = np.broadcast_to(np.arange(world.balls), (count, length, world.balls)).copy()
    plain = _draw(world, shapes, radii, np.stack(before + after, 1), colours, ball)
    if KINDS[kind] == "colour":
        colours[rows, time:, ball] = rng.integers(world.balls, len(world.colours), size=(count, 1))
    if KINDS[kind] == "vanish":
        colours[rows, time:, ball] = len(world.colours)
    return plain, _draw(world, shapes, radii, np.stack(before + broken, 1), colours, ball)


def _moved(walk: Walk, rng: np.random.Generator, places: Pixels, radius: Pixels) -> Pixels:
    places = places.copy()
    walk.advance(rng, places, radius)
    return places


def _choose(
    world: RandomWalkConfig, walk: Walk, places: Pixels, radius: Pixels, kind: str
) -> tuple[Pixels, npt.NDArray[np.bool_]]:
    """A ball of each row that can do it, and whether there is one and it lies alone."""
    apart = abs(places[:, :, None] - places[:, None]).max(-1) + world.size * np.eye(world.balls, dtype=np.intp)
    alone = apart.min(-1) > 2 * (max(world.radii) + world.step)
    if kind == "wall":
        alone &= _blocked(walk, world, places, radius).any(-1)
    return alone.argmax(1), alone.any(1)


def _blocked(walk: Walk, world: RandomWalkConfig, places: Pixels, radius: Pixels) -> npt.NDArray[np.bool_]:
    """Whether a wall is within a step (..., 4): left, right, above, below."""
    low, high = walk.low[radius][..., None], walk.high[radius][..., None]
    backward, forward = places - world.step < low, places + world.step > high
    return np.stack([backward, forward], -1).reshape(*places.shape[:-1], 4)


def _elsewhere(
    world: RandomWalkConfig, walk: Walk, rng: np.random.Generator, place: Pixels, radius: Pixels, kind: str
) -> Pixels:
    """Where balls at places (count, 2) suddenly are."""
    low, high = walk.low[radius][:, None], walk.high[radius][:, None]
    if kind == "wall":
        way = _blocked(walk, world, place, radius).argmax(1)
        axis, rows = way // 2, np.arange(len(place))
        through = place.copy()
        through[rows, axis] = np.where(way % 2 == 0, high[:, 0], low[:, 0])
        return through
    drawn = rng.integers(low, high, size=(64, *place.shape), endpoint=True)
    far = abs(drawn - place).sum(-1) >= _JUMP_STEPS * world.step
    jumped: Pixels = drawn[far.argmax(0), np.arange(len(place))]
    return jumped


def _draw(
    world: RandomWalkConfig, shapes: Pixels, radii: Pixels, places: Pixels, colours: Pixels, ball: Pixels
) -> npt.NDArray[np.uint8]:
    """Frames (pairs, time, size, size, 3) with the chosen balls at the bottom; the last colour, black, is unseen."""
    pairs, length = places.shape[:2]
    order = np.argsort(np.arange(world.balls) != ball[:, None], axis=1, kind="stable")[:, None]
    table = sprite_table(world.shapes, world.radii, world.size)
    palette = np.array([*world.colours, (0, 0, 0)], dtype=np.uint8)
    sprites = np.broadcast_to(shapes * len(world.radii) + radii, colours.shape)
    layers = [np.take_along_axis(part, np.broadcast_to(order, part.shape), 2) for part in (sprites, colours)]
    centres = np.take_along_axis(places, np.broadcast_to(order[..., None], places.shape), 2)
    flat = pairs * length
    stencils = cut_stencils(table, layers[0].reshape(flat, -1), palette[layers[1].reshape(flat, -1)])
    stamped = stamp_places(stencils, centres.reshape(flat, -1, 2), world.size)
    return draw_frames(stencils, stamped, world.size).reshape(pairs, length, world.size, world.size, 3)
