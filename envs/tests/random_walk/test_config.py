import pytest

from worldmodels_envs.random_walk import VARIANTS, RandomWalkConfig, resolve_config


def test_single_values_stand_for_palettes_of_one():
    config = RandomWalkConfig(radii=2, shapes="square", colours=[[1, 2, 3]] * 3)
    assert (config.radii, config.shapes, config.colours[0]) == ((2,), ("square",), (1, 2, 3))
    assert hash(config) == hash(RandomWalkConfig(radii=(2,), shapes=("square",), colours=((1, 2, 3),) * 3))


def test_changes_are_applied_to_a_variant():
    assert resolve_config("compositional", balls=2) == RandomWalkConfig(moves=2, balls=2)
    assert resolve_config(VARIANTS["atomic"]) is not None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"balls": 0}, "balls is 0"),
        ({"balls": 7}, "7 balls need as many colours, got 6"),
        ({"radii": 0}, "at least 1 px"),
        ({"radii": ()}, "at least one entry"),
        ({"shapes": "bal"}, "did you mean 'ball'"),
        ({"colours": [(0, 0, 256)] * 3}, "three numbers"),
        ({"step": 0}, "step"),
        ({"min_moves": 2}, "min_moves is 2"),
        ({"size": 11}, "at least 12 px"),
        ({"radius": 3}, "did you mean 'radii'"),
    ],
)
def test_bad_values_are_refused_with_the_reason(change, message):
    with pytest.raises(ValueError, match=message):
        resolve_config("atomic", **change)


def test_unknown_variants_suggest_near_ones():
    with pytest.raises(ValueError, match="did you mean 'compositional'"):
        resolve_config("composition")
