import pytest

from worldmodels_envs.pendulum import PendulumConfig, resolve_config


@pytest.mark.parametrize(
    "changes", [{"size": 7}, {"step": 0.0}, {"mass": -1.0}, {"length": float("inf")}, {"noise": -0.1}, {"torque": -1.0}]
)
def test_values_out_of_range_are_refused(changes):
    with pytest.raises(ValueError, match=next(iter(changes))):
        PendulumConfig(**changes)


def test_near_names_are_suggested():
    with pytest.raises(ValueError, match="did you mean 'driven'"):
        resolve_config("drivn")
