import numpy as np
import pytest

from worldmodels_envs.moving_shapes.dynamics import DIRECTIONS, MOVES, advance, outcomes, probabilities


def test_directions_are_named_as_they_move():
    named = {"right": (1, 0), "left": (-1, 0), "down": (0, 1), "up": (0, -1)}
    for name, move in zip(DIRECTIONS, MOVES, strict=True):
        assert tuple(move) == tuple(np.sum([named[word] for word in name.split()], axis=0))


@pytest.mark.parametrize(
    ("position", "direction", "after", "turned"),
    [
        ((10, 10), "up left", (6, 6), "up left"),
        ((5, 10), "left", (9, 10), "right"),
        ((5, 10), "up left", (9, 6), "up right"),
        ((15, 15), "down right", (11, 11), "up left"),
        ((10, 16), "down", (10, 12), "up"),
    ],
)
def test_shapes_go_straight_on_and_turn_round_at_the_edges(position, direction, after, turned):
    room = np.array([4]), np.array([16])
    place, way = advance(np.array([position]), np.array([DIRECTIONS.index(direction)]), 4, *room)
    assert tuple(place[0]) == after and DIRECTIONS[way[0]] == turned


def test_the_next_place_is_uniform_over_eight_before_the_first_move_and_certain_after_it():
    positions, room = np.array([[10, 10], [10, 10]]), (np.array([3, 3]), np.array([20, 20]))
    ways = outcomes(positions, 4, *room)
    assert len({tuple(place) for place in ways[0]}) == 8 and (abs(ways - 10).max(axis=-1) == 4).all()
    assert probabilities(np.array([-1, 5])).tolist() == [[0.125] * 8, [0, 0, 0, 0, 0, 1, 0, 0]]
