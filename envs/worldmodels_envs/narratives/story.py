"""A story as it is drawn once: who looks how, who is where, in which order; and what that means at any time."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from worldmodels_envs.narratives.config import COLOURS, WHITE, NarrativesConfig

Ints = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]

MOVER = 0
_WHITE = len(COLOURS)
PALETTE = np.array([*COLOURS, WHITE], dtype=np.uint8)
_TRIES = 200


class Story(NamedTuple):
    """Many stories; of each, shape 0 is the one that moves.

    Attributes:
        kinds: (stories, shapes), into `KINDS`.
        radii: (stories, shapes), into the configuration's radii.
        colours: (stories, shapes), into `PALETTE`, whose last is white.
        places: (stories, shapes, 2), the centres in the first frame, px as (x, y).
        order: (stories, visits), the shapes that are moved to, one after the other.
        reaction: (stories,), the colour that the shape moved to takes; -1 in Traveling Salesman.
    """

    kinds: Ints
    radii: Ints
    colours: Ints
    places: Floats
    order: Ints
    reaction: Ints

    def take(self, rows: Ints) -> Story:
        """Some of the stories."""
        return Story(*(part[rows] for part in self))  # type: ignore[arg-type]


def draw_stories(config: NarrativesConfig, rng: np.random.Generator, count: int) -> Story:
    """Draw stories, each course with the same probability."""
    shape = (count, config.shapes)
    kinds = rng.integers(config.kinds, size=shape, dtype=np.intp)
    radii = rng.integers(len(config.radii), size=shape, dtype=np.intp)
    shuffled = rng.random((count, config.colours)).argsort(1)
    colours = (
        rng.integers(config.colours, size=shape, dtype=np.intp)
        if config.repeat
        else shuffled[:, : config.shapes].copy()
    )
    if config.marked:
        colours[:, MOVER] = _WHITE
    order = 1 + rng.random((count, config.shapes - 1)).argsort(1)[:, : config.visits]
    reaction = np.full(count, -1, dtype=np.intp)
    if config.narrative == "color_reaction":
        reaction = _other_colours(config, rng, colours, order[:, 0], shuffled)
    return Story(kinds, radii, colours, _scatter(config, rng, radii), order, reaction)


def positions_at(config: NarrativesConfig, story: Story, times: Floats) -> Floats:
    """Return where all shapes are at times (stories,), in frames after the first: (stories, shapes, 2) in px."""
    rows = np.arange(len(times))
    # The places between which the mover goes: its own, then those of the shapes in turn.
    stops = np.concatenate([story.places[:, :1], story.places[rows[:, None], story.order]], 1)
    if config.narrative == "color_reaction":
        # It stays beside the other shape, whose new colour it would hide.
        reach = np.array(config.radii)[story.radii] * config.size
        touching = reach[:, MOVER] + reach[rows, story.order[:, 0]]
        way = stops[:, 1] - stops[:, 0]
        stops[:, 1] -= way * np.minimum(touching / np.linalg.norm(way, axis=-1), 1)[:, None]
    progress = np.clip(times / config.leg, 0, config.visits)
    behind = np.minimum(progress.astype(np.intp), config.visits - 1)
    share = (progress - behind)[:, None]
    places = story.places.copy()
    places[:, MOVER] = (1 - share) * stops[rows, behind] + share * stops[rows, behind + 1]
    return places


def colours_at(config: NarrativesConfig, story: Story, times: Floats) -> Ints:
    """Return which colours the shapes have at times (stories,): (stories, shapes) into `PALETTE`."""
    colours = story.colours.copy()
    reacted = np.flatnonzero((story.reaction >= 0) & (times > config.leg))
    colours[reacted, story.order[reacted, 0]] = story.reaction[reacted]
    return colours


def instances_at(config: NarrativesConfig, times: Floats) -> Ints:
    """Return how many courses, all as likely, fit what was seen up to times (stories,).

    On the way from one shape to the next it counts as known which one is next. Their logarithm is the entropy of
    what follows, in nats.
    """
    begun = np.ceil(np.clip(times / config.leg, 0, config.visits)).astype(np.intp)
    first = 1 if config.marked else config.shapes
    if config.narrative == "traveling_salesman":
        left = np.array([math.factorial(config.visits - legs) for legs in range(config.visits + 1)])
        return np.where(begun == 0, first * left[0], left[begun])
    dyes = config.colours - (1 if config.repeat else config.shapes - config.marked)
    return np.where(begun == 0, first * (config.shapes - 1) * dyes, np.where(times > config.leg, 1, dyes))


def _other_colours(
    config: NarrativesConfig, rng: np.random.Generator, colours: Ints, targets: Ints, shuffled: Ints
) -> Ints:
    """Draw the new colours: any but the shape's own, or where colours do not repeat, any that no shape has."""
    if config.repeat:
        own = colours[np.arange(len(targets)), targets]
        drawn = rng.integers(config.colours - 1, size=len(targets))
        return (drawn + (drawn >= own)).astype(np.intp)
    # A marked mover's own colour is free, since it is white.
    free = np.concatenate([shuffled[:, : int(config.marked)], shuffled[:, config.shapes :]], 1)
    return free[np.arange(len(targets)), rng.integers(free.shape[1], size=len(targets))]


def _scatter(config: NarrativesConfig, rng: np.random.Generator, radii: Ints) -> Floats:
    """Draw centres, uniform over those at which no shape touches another or leaves the frame."""
    sizes = np.array(config.radii)[radii] * config.size
    places = np.zeros((*radii.shape, 2))
    pending = np.arange(len(radii))
    for _ in range(_TRIES):
        low, room = sizes[pending][..., None], config.size - 1 - 2 * sizes[pending][..., None]
        places[pending] = low + room * rng.random((len(pending), config.shapes, 2))
        gaps = np.linalg.norm(places[pending][:, :, None] - places[pending][:, None], axis=-1)
        near = sizes[pending][:, :, None] + sizes[pending][:, None] + 1
        clashes = np.triu(gaps < near, 1).any((1, 2))
        pending = pending[clashes]
        if not len(pending):
            return places
    return _spread(config, rng, sizes, places, pending)


def _spread(config: NarrativesConfig, rng: np.random.Generator, sizes: Floats, places: Floats, rows: Ints) -> Floats:
    """Put the shapes of crowded stories into different cells of a grid, which always has room."""
    cells = math.ceil(math.sqrt(config.shapes))
    side = (config.size - 1) / cells
    chosen = rng.random((len(rows), cells**2)).argsort(1)[:, : config.shapes]
    corners = np.stack([chosen % cells, chosen // cells], -1) * side
    room = np.maximum(side - 2 * sizes[rows] - 1, 0)[..., None]
    places[rows] = corners + sizes[rows][..., None] + 0.5 + room * rng.random(corners.shape)
    return places
