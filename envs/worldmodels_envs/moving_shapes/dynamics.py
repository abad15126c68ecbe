"""How shapes move: a direction drawn for the first move, then straight on, and back from the edges."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.intp]

DIRECTIONS = ("right", "down right", "down", "down left", "left", "up left", "up", "up right")
UNDECIDED = -1
"""The direction of a shape that has not moved yet."""

# Row d is direction d in (x, y), y pointing down.
MOVES = np.array([[1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0], [-1, -1], [0, -1], [1, -1]], dtype=np.intp)
# Which direction is left of direction d once its x, its y, or both have turned round: [turned x, turned y, d].
_TURNED = np.array(
    [
        [
            [np.flatnonzero((MOVES == move * (1 - 2 * np.array([x, y]))).all(axis=1)).item() for move in MOVES]
            for y in (0, 1)
        ]
        for x in (0, 1)
    ]
)


def advance(positions: Pixels, directions: Pixels, step: int, low: Pixels, high: Pixels) -> tuple[Pixels, Pixels]:
    """Return positions and directions after one move; a shape that would leave the frame turns round instead.

    Args:
        positions: Centres (..., 2) in px as (x, y).
        directions: Indices (...) into `DIRECTIONS`.
        step: px a frame, along x and along y.
        low: Least coordinates of a centre (...), px.
        high: Greatest ones.
    """
    after = positions + step * MOVES[directions]
    turned = (after < low[..., None]) | (after > high[..., None])
    directions = _TURNED[turned[..., 0].astype(np.intp), turned[..., 1].astype(np.intp), directions]
    return positions + step * MOVES[directions], directions


def outcomes(positions: Pixels, step: int, low: Pixels, high: Pixels) -> Pixels:
    """Return where each direction leads from positions (..., 2): (..., direction, 2), px; arguments as `advance`."""
    shape = (*positions.shape[:-1], len(MOVES))
    ways = np.broadcast_to(np.arange(len(MOVES)), shape)
    ends = (np.broadcast_to(edge[..., None], shape) for edge in (low, high))
    return advance(np.broadcast_to(positions[..., None, :], (*shape, 2)), ways, step, *ends)[0]


def probabilities(directions: Pixels) -> npt.NDArray[np.float64]:
    """Return the chance of each direction of the next move (..., direction): uniform before the first, then certain.

    A shape that turns round at an edge has its direction changed in the move, so the chance is that of the way it
    faces, whose outcome `outcomes` gives.
    """
    certain = np.eye(len(MOVES))[directions]
    return np.where((directions == UNDECIDED)[..., None], 1 / len(MOVES), certain)
