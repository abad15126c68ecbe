import pytest

from worldmodels_envs.moving_shapes import MovingShapesConfig, resolve_config


def test_sizes_and_speed_scale_with_the_frame():
    whole, half = resolve_config("stochastic"), resolve_config("stochastic", size=32)
    assert (whole.sizes, whole.step) == ((4, 5, 6, 7, 8, 9), 6)
    assert (half.sizes, half.step) == ((2, 3, 4), 3)


@pytest.mark.parametrize(
    "changes",
    [
        {"shapes": ("bal",)},
        {"shapes": ()},
        {"radii": (0,)},
        {"colours": ((0, 0, 300),)},
        {"background": -1},
        {"speed": 0},
        {"jitter": -1},
        {"size": 20, "radii": (9,)},
        {"speed": 23},
    ],
)
def test_values_out_of_range_are_refused(changes):
    with pytest.raises(ValueError, match=next(iter(changes)).rstrip("s")):
        MovingShapesConfig(**changes)


def test_near_names_are_suggested():
    with pytest.raises(ValueError, match="did you mean 'ball'"):
        MovingShapesConfig(shapes=("bal",))
    with pytest.raises(ValueError, match="did you mean 'jittered'"):
        resolve_config("jitered")
