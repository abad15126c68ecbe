import numpy as np
import pytest

from worldmodels_envs.phyre.action import ball
from worldmodels_envs.phyre.layout import Layout
from worldmodels_envs.phyre.simulation import HOLD_STEPS, ball_reach, make_simulation, simulate
from worldmodels_envs.phyre.verdicts import agreement, report

ENGINES = [
    "pymunk",
    pytest.param("box2d", marks=pytest.mark.skipif("not __import__('importlib').util.find_spec('Box2D')")),
]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_falling_ball_follows_gravity_and_solves(drop, engine):
    simulation = make_simulation(drop, engine)
    start = simulation.poses()[-1]
    simulation.advance(30)
    fallen = start[1] - simulation.poses()[-1, 1]
    assert fallen == pytest.approx(58.8 / 3600 * 30 * 31 / 2, abs=0.02)
    outcome = simulate(drop, engine)
    assert outcome.solved and HOLD_STEPS < outcome.steps < 400


@pytest.mark.parametrize("engine", ENGINES)
def test_what_lies_still_is_not_solved_and_a_push_solves(ledge, engine):
    outcome = simulate(ledge, engine)
    assert (outcome.solved, outcome.steps) == (False, 1000)
    assert simulate(ledge.with_balls((ball((88.0, 200.0), 12.0),)), engine).solved


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("scene", ["ledge", "drop"])
def test_stopping_early_gives_the_verdict_of_the_whole_run(request, engine, scene):
    placed = request.getfixturevalue(scene).with_balls((ball((200.0, 200.0), 8.0),))
    whole = make_simulation(placed, engine)
    whole.advance(1000)
    outcome = simulate(placed, engine)
    assert outcome.solved == whole.solved
    assert outcome.steps == (whole.time if whole.solved else 1000)


@pytest.mark.parametrize("engine", ENGINES)
def test_traces_start_at_the_scene_and_repeat_exactly(ledge, engine):
    placed = ledge.with_balls((ball((88.0, 200.0), 12.0),))
    first, second = simulate(placed, engine, stride=10), simulate(placed, engine, stride=10)
    assert first.trace.shape[1:] == (len(placed.bodies), 3)
    assert np.allclose(first.trace[0], placed.poses, atol=1e-4)
    assert np.array_equal(first.trace, second.trace)
    assert simulate(placed, engine).solved == first.solved


def test_two_balls_touch_within_a_tenth_of_a_pixel(ledge):
    small, large = ball((0.0, 0.0), 3.0), ball((9.0, 0.0), 5.0)
    assert ball_reach(small, large) == pytest.approx(8.1)
    assert ball_reach(small, ledge.bodies[0]) is None


def test_two_falling_balls_that_roll_together_solve():
    layout = Layout()
    layout.bar(0.6, angle=-20, right=128.0, bottom=0.0)
    layout.bar(0.6, angle=20, left=128.0, bottom=0.0)
    left = layout.ball(0.08, x=70.0, bottom=120.0)
    scene = layout.scene(left, layout.ball(0.08, x=180.0, bottom=120.0))
    assert simulate(scene).solved


def test_unknown_engines_are_named(drop):
    with pytest.raises(ValueError, match=r"unknown engine 'pymunck'.*did you mean 'pymunk'"):
        simulate(drop, "pymunck")


def test_a_missing_engine_says_what_to_install(drop, monkeypatch):
    from worldmodels_envs.phyre import simulation

    monkeypatch.setitem(simulation.ENGINES, "box2d", ("no_such_engine", "X", "no_such_engine", "phyre-box2d"))
    with pytest.raises(ImportError, match=r"pip install 'worldmodels-envs\[phyre-box2d\]'"):
        simulate(drop, "box2d")


@pytest.mark.parametrize(("engine", "share"), [("pymunk", 0.88), ("box2d", 0.99)])
def test_engines_agree_with_the_original(verdicts, engine, share):
    if engine == "box2d":
        pytest.importorskip("Box2D")
    result = agreement(verdicts, engine)
    assert result.share >= share
    assert result.confusion.sum() == len(verdicts)
    assert result.errors[30] < 0.01 and result.errors[300] < 1.0
    assert engine in report(result)
