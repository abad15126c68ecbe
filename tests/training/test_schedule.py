import pytest

from worldmodels.errors import InputError
from worldmodels.stages import Stage, stage_at
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


def test_stages_last_as_long_as_their_shares():
    stages = [Stage("a", 1), Stage("b", 3)]
    assert [stage_at(stages, p).name for p in (0.0, 0.24, 0.25, 0.99, 1.0)] == ["a", "a", "b", "b", "b"]
    assert stage_at([], 0.5).length is None


@pytest.mark.parametrize("wrong", [{"share": 0.0}, {"share": 1.0, "length": 0}])
def test_wrong_stages_are_refused(wrong):
    with pytest.raises(InputError, match="stage 'x'"):
        Stage("x", **wrong)
