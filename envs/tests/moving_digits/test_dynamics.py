"""Trajectories in closed form."""

import numpy as np
import pytest

from worldmodels_envs.moving_digits import resolve_config
from worldmodels_envs.moving_digits.dynamics import Bouncing, Motion

ROOM = 36


def motion(corner, velocity):
    return Motion(np.array([[corner]], dtype=float), np.array([[velocity]], dtype=float))


def advance(variant, corner, velocity, steps=1, seed=0, **changes):
    """A single digit's corner and velocity after some steps."""
    moving, rng = motion(corner, velocity), np.random.default_rng(seed)
    bouncing = Bouncing(resolve_config(variant, **changes))
    for _ in range(steps):
        bouncing.advance(rng, moving)
    return moving.corners[0, 0], moving.velocities[0, 0]


def drawn(seed, rounds=1):
    rng = np.random.default_rng(seed)
    return [rng.integers(-4, 5, size=(1, 2))[0] for _ in range(rounds)][-1]


@pytest.mark.parametrize("seed", range(8))
def test_a_bounce_redraws_both_velocities_and_the_rest_of_the_step_uses_them(seed):
    # The right wall is met after an eighth of the step, at y = 10.125.
    corner, velocity = advance("stochastic", (35.5, 10.0), (4, 1), seed=seed)
    expected = drawn(seed) * [1, 1]
    expected[0] = -abs(expected[0])
    assert velocity.tolist() == expected.tolist()
    assert corner == pytest.approx([36 + 0.875 * expected[0], 10.125 + 0.875 * expected[1]])


@pytest.mark.parametrize("seed", range(8))
def test_in_a_corner_both_signs_are_forced_inward(seed):
    corner, velocity = advance("stochastic", (1.0, 35.0), (-2, 2), seed=seed)
    expected = np.abs(drawn(seed)) * [1, -1]
    assert velocity.tolist() == expected.tolist()
    assert corner == pytest.approx(np.array([0, 36]) + 0.5 * expected)


def test_the_wall_that_is_met_first_turns_first():
    # y meets 0 after a quarter of the step, x meets 36 after half of it: each turns where it is met.
    corner, velocity = advance("deterministic", (34.0, 1.0), (4, -4))
    assert velocity.tolist() == [-4, 4] and corner.tolist() == [34, 3]


def test_a_second_bounce_in_the_same_step_draws_again():
    checked = 0
    for seed in range(200):
        (across, up), again = drawn(seed), drawn(seed, rounds=2)
        if 0.5 + 0.875 * up >= 0:
            continue
        fall = 0.5 / -up
        rest = 0.875 - fall
        expected = np.array([36 - fall * abs(across) + rest * again[0], rest * abs(again[1])])
        if expected[0] <= 36:
            corner, velocity = advance("stochastic", (35.5, 0.5), (4, 0), seed=seed)
            assert corner == pytest.approx(expected) and velocity.tolist() == [again[0], abs(again[1])]
            checked += 1
    assert checked > 20


@pytest.mark.parametrize("start", [(5.0, 30.0), (0.0, 36.0), (17.0, 2.0)])
@pytest.mark.parametrize("velocity", [(4, -3), (-1, 2), (0, 4), (0, 0)])
def test_deterministic_digits_are_mirrored_by_the_walls(start, velocity):
    for steps in (1, 7, 40):
        corner, _ = advance("deterministic", start, velocity, steps)
        unfolded = (np.array(start) + steps * np.array(velocity)) % (2 * ROOM)
        assert corner == pytest.approx(np.minimum(unfolded, 2 * ROOM - unfolded))


def test_deterministic_trajectories_do_not_depend_on_the_frame_rate():
    slow, _ = advance("deterministic", (5.0, 30.0), (4, -3), steps=25)
    fast, _ = advance("deterministic", (5.0, 30.0), (1, -0.75), steps=100)
    assert fast == pytest.approx(slow)


def test_many_digits_stay_inside_and_turn_inward():
    bouncing, rng = Bouncing(resolve_config("stochastic", size=32)), np.random.default_rng(0)
    moving = bouncing.start(rng, (200, 2))
    assert set(np.unique(moving.corners)) == set(range(19))
    assert set(np.unique(moving.velocities)) == {v / 2 for v in range(-4, 5)}
    for _ in range(60):
        before = moving.velocities.copy()
        bouncing.advance(rng, moving)
        assert moving.corners.min() > -1e-6 and moving.corners.max() < 18 + 1e-6
        turned = (before != moving.velocities).any(axis=-1)
        assert turned.any() and not turned.all()


@pytest.mark.parametrize("seed", range(6))
def test_svgs_bounce_clamps_and_never_stays_at_the_wall(seed):
    corner, velocity = advance("svg", (29.0, 5.0), (4, 0), seed=seed)
    assert corner.tolist() == [31, 5] and -4 <= velocity[0] <= -1
    corner, velocity = advance("svg", (3.0, 2.0), (0, -4), seed=seed)
    assert corner.tolist() == [3, 0] and 1 <= velocity[1] <= 4


def test_svgs_deterministic_bounce_turns_the_velocity():
    corner, velocity = advance("svg_deterministic", (29.0, 1.0), (4, -3))
    assert corner.tolist() == [31, 0] and velocity.tolist() == [-4, 3]


def test_svgs_digits_start_short_of_the_far_walls():
    moving = Bouncing(resolve_config("svg")).start(np.random.default_rng(0), (500, 2))
    assert moving.corners.max() == 31
