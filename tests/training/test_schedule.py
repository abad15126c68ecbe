import pytest

from worldmodels.errors import InputError
from worldmodels.stages import Moment, Stage, StagePlan
from worldmodels.training import Piecewise


@pytest.mark.parametrize(
    ("progress", "value"),
    [(0.0, 0.5), (0.1, 0.5), (0.2, 1.0), (0.3, 1.5), (0.4, 3.0), (0.5, 4.0), (0.75, 2.0), (1.0, 0.0)],
)
def test_piecewise_is_linear_between_points_and_flat_outside(progress, value):
    schedule = Piecewise([(0.1, 0.5), (0.3, 1.5), (0.4, 2.0), (0.4, 3.0), (0.5, 4.0), (1.0, 0.0)])
    assert schedule(progress) == pytest.approx(value)


def test_two_points_at_one_share_jump():
    assert Piecewise([(0.5, 1.0), (0.5, 2.0)])(0.5) == 2.0
    assert Piecewise([(0.5, 1.0), (0.5, 2.0)])(0.49) == 1.0


@pytest.mark.parametrize("points", [[], [(0.5, 1.0), (0.4, 1.0)]])
def test_points_out_of_order_are_refused(points):
    with pytest.raises(InputError, match="schedule"):
        Piecewise(points)


@pytest.mark.parametrize(("step", "name", "done"), [(0, "a", 0.0), (24, "a", 0.96), (25, "b", 0.0), (100, "b", 1.0)])
def test_stages_last_as_long_as_their_shares(step, name, done):
    moment = StagePlan.lay([Stage("a", 1), Stage("b", 3)], 100).moment(step)
    assert (moment.stage, moment.stage_progress) == (name, pytest.approx(done))


def test_without_stages_there_is_one():
    plan = StagePlan.lay([], 10)
    assert plan.stage(3).length is None and plan.moment(5) == Moment(5, 10, "training", 0.5)


def test_more_steps_prolong_the_last_stage():
    stages = [Stage("a", 1), Stage("b", 1)]
    kept = StagePlan.from_json(StagePlan.lay(stages, 100).to_json(), stages)
    beyond = kept.moment(170)
    assert (beyond.stage, beyond.progress, beyond.stage_progress) == ("b", 1.0, 1.0)


def test_a_plan_of_other_stages_is_refused():
    kept = StagePlan.lay([Stage("a", 1)], 100).to_json()
    with pytest.raises(InputError, match="begun with the stages a; the model now has b"):
        StagePlan.from_json(kept, [Stage("b", 1)])


def test_turns_follow_from_the_number_of_the_step_in_its_stage():
    plan = StagePlan.lay([Stage("a", 1), Stage("b", 2, turns=("critic", "critic", "generator"))], 12)
    assert plan.moment(3).turn is None
    assert [plan.moment(step).turn for step in (4, 5, 6, 7)] == ["critic", "critic", "generator", "critic"]


@pytest.mark.parametrize("wrong", [{"share": 0.0}, {"share": 1.0, "length": 0}])
def test_wrong_stages_are_refused(wrong):
    with pytest.raises(InputError, match="stage 'x'"):
        Stage("x", **wrong)
