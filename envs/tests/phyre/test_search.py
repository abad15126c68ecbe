import numpy as np
import pytest

from worldmodels_envs.phyre.attempt import Status, attempt_balls
from worldmodels_envs.phyre.layout import Layout
from worldmodels_envs.phyre.search import guided_search, is_stable, random_balls, try_balls, value
from worldmodels_envs.phyre.templates import TEMPLATES

PUSH, AWAY = (88.0, 200.0, 12.0), (220.0, 200.0, 4.0)


def test_values_of_a_solution_and_of_an_idle_ball(ledge):
    assert value(ledge, np.array(PUSH)) == 1
    assert value(ledge, np.array(AWAY)) == pytest.approx(-100 / 256, abs=1e-3)


def test_value_agrees_with_the_verdict_of_attempts():
    scene = TEMPLATES["00000"].scene(TEMPLATES["00000"].choices()[0])
    balls = random_balls(40, np.random.default_rng(0))
    statuses = attempt_balls(scene, balls)
    fitting = statuses != Status.INVALID
    solved = [value(scene, ball) == 1 for ball in balls[fitting]]
    assert solved == (statuses[fitting] == Status.SOLVED).tolist()
    assert 0 < sum(solved) < len(solved)


def test_contact_that_ends_too_early_counts_by_its_length():
    layout = Layout()
    shelf = layout.span(80.0, 120.0, bottom=100.0)
    resting = layout.scene(layout.ball(0.1, x=118.0, bottom=shelf.top), shelf)
    assert value(resting, np.array(AWAY)) == 1
    assert 0.5 < value(resting, np.array([106.0, 200.0, 12.0])) < 1


def test_trials_end_with_the_first_that_solves(ledge):
    tried = try_balls(ledge, np.array([AWAY, (100.0, 101.0, 20.0), PUSH, AWAY]))
    assert tried.balls.tolist() == [list(AWAY), list(PUSH)]
    assert tried.solving and not try_balls(ledge, np.array([AWAY])).solving


def test_a_search_finds_a_stable_solution_and_repeats(ledge):
    tried = try_balls(ledge, np.array([AWAY]))
    found = [guided_search(ledge, tried, np.zeros((0, 3)), 300, np.random.default_rng(3)) for _ in range(2)]
    assert found[0].tolist() == found[1].tolist() == np.round(found[0]).tolist()
    assert attempt_balls(ledge, found[0]).tolist() == [Status.SOLVED]
    assert is_stable(ledge, found[0])


def test_a_search_begins_with_the_balls_that_it_is_told(ledge):
    tried = try_balls(ledge, np.array([AWAY]))
    found = guided_search(ledge, tried, np.array([PUSH]) + 0.2, 1, np.random.default_rng(0))
    assert found.tolist() == list(PUSH)
    assert guided_search(ledge, tried, np.array([AWAY]), 1, np.random.default_rng(0)) is None
