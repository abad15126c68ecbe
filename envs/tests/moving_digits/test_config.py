import pytest

from worldmodels_envs.moving_digits import VARIANTS, MovingDigitsConfig, resolve_config


def test_sizes_and_velocities_scale_with_the_frame():
    whole, half = VARIANTS["stochastic"], resolve_config("stochastic", size=32)
    assert (whole.side, whole.room, whole.pixels_per_unit) == (28, 36, 1.0)
    assert (half.side, half.room, half.pixels_per_unit) == (14, 18, 0.5)


@pytest.mark.parametrize(
    "changes",
    [
        {"digits": 0},
        {"speed": 0},
        {"channels": 2},
        {"unit": -1.0},
        {"unit": float("nan")},
        {"size": 29, "digit_size": 28},
        {"bounce": "exakt"},
        {"split": "valid"},
    ],
)
def test_values_out_of_range_are_refused(changes):
    with pytest.raises(ValueError, match=next(iter(changes))):
        MovingDigitsConfig(**changes)


def test_near_names_are_suggested():
    with pytest.raises(ValueError, match="did you mean 'deterministic'"):
        resolve_config("determinstic")
    with pytest.raises(ValueError, match="did you mean 'digits'"):
        resolve_config("stochastic", digit=1)
