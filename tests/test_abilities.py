import pytest
from gymnasium import spaces

from worldmodels import WorldSpec
from worldmodels.abilities import ABILITIES, Likelihood, abilities
from worldmodels.testing.toy import Toy


class Scored(Toy):
    likelihood = "exact"

    def log_prob(self, frames, actions=None):
        return frames.sum((1, 2, 3, 4))


class Unlabelled(Toy):
    def log_prob(self, frames, actions=None):
        return frames.sum((1, 2, 3, 4))


def member(ability):
    return {name: len for name in (*vars(ability), *ability.__annotations__) if not name.startswith("_")}


@pytest.mark.parametrize("name", ABILITIES)
def test_a_class_with_every_member_has_the_ability(name):
    able = type("Able", (Toy,), member(ABILITIES[name]))
    assert name in abilities(able)
    assert isinstance(able(WorldSpec((3, 8, 8))), ABILITIES[name])


def test_the_contract_alone_is_no_ability():
    assert abilities(Toy) == []
    assert not any(isinstance(Toy(WorldSpec((3, 8, 8), spaces.Discrete(2))), kind) for kind in ABILITIES.values())


def test_a_missing_data_member_is_no_ability():
    assert abilities(Scored) == ["Likelihood"]
    assert abilities(Unlabelled) == []
    assert not isinstance(Unlabelled(WorldSpec((3, 8, 8))), Likelihood)
