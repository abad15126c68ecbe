import itertools

import numpy as np
import pytest
import torch
from gymnasium import spaces
from point import STEPS, Point, frames_at, make_point

from worldmodels import WorldSpec
from worldmodels.abilities import AnyTime
from worldmodels.errors import InputError
from worldmodels.rollout import Rollout, pack
from worldmodels_agents.objective import GoalImage, Objective
from worldmodels_agents.planners import CEM, ICEM, MPPI, Gradient, Planner, RandomShooting
from worldmodels_agents.planners.icem import coloured_noise

PLANNERS = [RandomShooting, CEM, ICEM, MPPI, Gradient]
DISCRETE = spaces.Discrete(3)
BOX = spaces.Box(-0.5, 2.0, (1,), np.float32)


def towards(target: float) -> Objective:
    return Objective(lambda t: -(t.features[..., 0] - target).abs(), discount=0.9)


def make(cls, space, objective, **options) -> Planner:
    return cls(make_point(space), objective, horizon=4, samples=64, seed=0, **options)


@pytest.mark.parametrize("cls", PLANNERS)
@pytest.mark.parametrize("start", [-3.0, 0.0, 2.0])
def test_discrete_plans_reach_the_best_of_all_sequences(cls, start):
    objective = towards(1.0)
    planner = make(cls, DISCRETE, objective)
    belief = planner.model.observe(torch.full((1, 1, 1, 4, 4), (start + 100) / 255))
    best = max(
        sum(-abs(start + sum(moves[: t + 1]) - 1.0) * 0.9**t for t in range(4))
        for moves in itertools.product(STEPS[:, 0].tolist(), repeat=4)
    )
    assert planner.plan(belief).score.item() == pytest.approx(best, abs=0.45 if cls is RandomShooting else 1e-3)


@pytest.mark.parametrize("cls", [CEM, ICEM, MPPI, Gradient])
def test_numbers_come_close_to_the_optimum_within_bounds(cls):
    planner = make(cls, BOX, towards(5.0), iterations=12)
    belief = planner.model.observe(torch.full((2, 1, 1, 4, 4), 100 / 255))
    plan = planner.plan(belief)
    actions = planner.model.codec.decode(plan.actions)
    assert (actions >= -0.5).all() and (actions <= 2.0).all()
    # The encoded action moves the point, so that the furthest is 1 a step: 1, 2, 3, 4 away from 0.
    assert plan.score.min().item() > -sum((5 - t) * 0.9 ** (t - 1) for t in range(1, 5)) - 0.6


@pytest.mark.parametrize("cls", PLANNERS)
def test_environments_are_planned_for_independently(cls):
    planner = make(cls, DISCRETE, towards(0.0))
    actions, _ = planner.predict(frames_at([5, -5, 0]))
    assert actions.tolist()[:2] == [0, 2]


@pytest.mark.parametrize("cls", PLANNERS)
def test_predict_follows_the_interface_of_stable_baselines3(cls):
    planner = make(cls, DISCRETE, towards(0.0))
    x, state = np.array([4, -4]), None
    for step in range(6):
        starts = np.array([step == 0, step in (0, 3)])
        if step == 3:
            x[1] = 3
        actions, state = planner.predict(frames_at(x), state, starts, True)
        assert actions.shape == (2,)
        x = x + actions - 1
    assert x.tolist() == [0, 0]


def test_a_single_frame_gets_a_single_action():
    action, _ = make(CEM, DISCRETE, towards(0.0)).predict(frames_at([7])[0])
    assert action.shape == () and action == 0


@pytest.mark.parametrize("cls", PLANNERS)
def test_the_same_seed_plans_the_same(cls):
    plans = [
        p.plan(p.model.observe(torch.full((1, 1, 1, 4, 4), 0.5))).actions
        for p in (make(cls, BOX, towards(3.0)) for _ in range(2))
    ]
    assert torch.equal(*plans)


def test_a_goal_image_is_planned_to():
    goal = torch.full((1, 4, 4), 103 / 255)
    planner = make(CEM, DISCRETE, Objective(GoalImage(goal)))
    x, state = np.array([0]), None
    for _ in range(4):
        actions, state = planner.predict(frames_at(x), state)
        x = x + actions - 1
    assert x.tolist() == [3]


def test_rewards_after_the_end_do_not_count():
    def reward(transitions):
        return torch.ones_like(transitions.features[..., 0])

    def ended(transitions):
        return transitions.features[..., 0] >= 2

    planner = make(CEM, DISCRETE, Objective(reward, ended, discount=1.0))
    model = planner.model
    belief = model.observe(torch.full((1, 1, 1, 4, 4), 100 / 255))
    plans = torch.nn.functional.one_hot(torch.tensor([[[2, 2, 2, 2], [0, 0, 0, 0]]]), 3).float()
    assert planner.score(belief, plans)[0].tolist() == [2.0, 4.0]


@pytest.mark.parametrize(
    ("cls", "options", "words"),
    [
        (RandomShooting, {"horizon": 0}, "at least 1"),
        (CEM, {"elites": 65}, "between 1 and samples 64"),
        (MPPI, {"softness": 0}, "above 0"),
        (ICEM, {"shrink": 0.5}, "at least 1"),
        (Gradient, {"rate": 0}, "above 0"),
    ],
)
def test_wrong_settings_are_named(cls, options, words):
    with pytest.raises(InputError, match=words):
        cls(make_point(DISCRETE), towards(0.0), **{"samples": 64, **options})


def test_other_action_spaces_are_refused():
    with pytest.raises(InputError, match="Discrete and Box"):
        make(CEM, spaces.MultiBinary(3), towards(0.0)).predict(frames_at([1]))


def test_a_world_without_actions_is_refused():
    with pytest.raises(InputError, match="nothing to plan"):
        make(CEM, None, towards(0.0))


def test_a_changed_number_of_environments_is_named():
    planner = make(CEM, DISCRETE, towards(0.0))
    _, state = planner.predict(frames_at([1, 2]))
    with pytest.raises(InputError, match="state=None"):
        planner.predict(frames_at([1, 2, 3]), state)


@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("time", [7, 8])
def test_coloured_noise_has_unit_variance_and_its_spectrum(exponent, time):
    noise = coloured_noise((20_000, time), exponent, torch.Generator().manual_seed(0))
    assert noise.var().item() == pytest.approx(1, rel=0.03)
    power = torch.fft.rfft(noise).abs().square().mean(0)
    assert (power[1] / power[2]).item() == pytest.approx(2**exponent, rel=0.05)


class Leaper(AnyTime, Point):
    """A point that gets anywhere in one leap, and counts how many frames were asked for."""

    asked = 0

    def _imagine_at(self, belief, times, actions, noise):
        self.asked += times.numel()
        moves = (actions @ STEPS).cumsum(1)
        rows = torch.arange(len(times))[:, None]
        x = belief.get("x").unsqueeze(1) + moves[rows, times.long() - 1]
        batch = (len(times), times.shape[1])
        return Rollout(pack({"x": x}, batch), pack({"x": x[:, -1]}, batch[:1]), pack({}, batch[:1]))


@pytest.mark.parametrize("cls", [RandomShooting, CEM])
def test_plans_judged_by_their_last_frame_end_at_the_target_and_imagine_nothing_else(cls):
    model = Leaper(WorldSpec((1, 4, 4), DISCRETE)).eval()
    planner = cls(model, towards(2.0), horizon=4, samples=64, seed=0, last=True)
    belief = model.observe(torch.full((1, 1, 1, 4, 4), 100 / 255))
    plan = planner.plan(belief)
    assert plan.score.item() == pytest.approx(0.0, abs=1e-4)
    assert (plan.actions @ STEPS).sum().item() == pytest.approx(2.0)
    assert model.asked % 64 == 0 and model.asked <= 64 * getattr(planner, "iterations", 1)


def test_models_that_step_cannot_be_asked_for_the_last_frame_alone():
    with pytest.raises(InputError, match="any time"):
        make(CEM, DISCRETE, towards(0.0), last=True)
