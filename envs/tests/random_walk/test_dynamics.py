import numpy as np
import pytest

from worldmodels_envs.random_walk import DIRECTIONS, STAY, RandomWalkConfig
from worldmodels_envs.random_walk.dynamics import Walk

STEPS = {"left": (-3, 0), "right": (3, 0), "up": (0, -3), "down": (0, 3)}


def advance(walk, place, times, **options):
    positions = np.tile(np.array(place), (times, 1, 1))
    rules = walk.advance(np.random.default_rng(0), positions, np.zeros((times, 1), dtype=int), **options)
    return positions[:, 0], rules[:, 0]


@pytest.mark.parametrize(
    ("place", "ways"),
    [
        ((15, 15), {"left", "right", "up", "down"}),
        ((3, 15), {"right", "up", "down"}),
        ((28, 3), {"left", "down"}),
        ((5, 28), {"right", "up"}),
        ((6, 26), {"left", "right", "up"}),
    ],
)
def test_moves_are_uniform_over_those_that_stay_inside(place, ways):
    times = 12_000
    positions, rules = advance(Walk(RandomWalkConfig()), place, times)
    shares = {name: (rules[:, 0] == index).mean() for index, name in enumerate(DIRECTIONS)}
    assert {name for name, share in shares.items() if share} == ways
    for name in ways:
        assert abs(shares[name] - 1 / len(ways)) < 4 * 0.5 / times**0.5
        moved = positions[rules[:, 0] == DIRECTIONS.index(name)] - place
        assert (moved == STEPS[name]).all()


def test_compositional_moves_add_up():
    walk = Walk(RandomWalkConfig(moves=4))
    positions, rules = advance(walk, (10, 20), 500)
    assert rules.shape == (500, 4) and (rules != STAY).all()
    totals = np.array([STEPS[name] for name in DIRECTIONS])[rules].sum(axis=1)
    assert (positions - [10, 20] == totals).all()


def test_the_number_of_moves_varies_between_its_bounds():
    walk = Walk(RandomWalkConfig(moves=5, min_moves=2))
    _, rules = advance(walk, (10, 20), 2000)
    counts = (rules != STAY).sum(axis=1)
    assert set(counts.tolist()) == {2, 3, 4, 5}
    assert (np.diff((rules == STAY).astype(int), axis=1) >= 0).all()


@pytest.mark.parametrize(
    ("place", "action", "rule"), [((15, 15), 2, 2), ((5, 15), 0, STAY), ((28, 15), 1, STAY), ((15, 25), 3, 3)]
)
def test_an_acted_ball_obeys_unless_a_wall_is_in_the_way(place, action, rule):
    walk = Walk(RandomWalkConfig(moves=2))
    positions, rules = advance(walk, place, 3, actions=np.full(3, action))
    assert (rules == [rule, STAY]).all()
    assert (positions - place == (0 if rule == STAY else STEPS[DIRECTIONS[action]])).all()


def test_starts_cover_all_places_where_a_ball_fits():
    walk = Walk(RandomWalkConfig(radii=(2, 4)))
    radius = np.repeat([[0, 1]], 4000, axis=0)
    places = walk.scatter(np.random.default_rng(0), radius)
    assert set(places[:, 0].ravel().tolist()) == set(range(2, 30))
    assert set(places[:, 1].ravel().tolist()) == set(range(4, 28))
