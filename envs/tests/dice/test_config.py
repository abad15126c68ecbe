import pytest

from worldmodels_envs.dice import DiceConfig, resolve_config


@pytest.mark.parametrize(
    "changes", [{"size": 4}, {"digits": 0}, {"distance": 1.0}, {"elevation": (30.0, 20.0)}, {"split": "tests"}]
)
def test_values_out_of_range_are_refused(changes):
    with pytest.raises(ValueError, match=next(iter(changes))):
        DiceConfig(**changes)


def test_near_names_are_suggested():
    with pytest.raises(ValueError, match="did you mean 'plain'"):
        resolve_config("plane")
