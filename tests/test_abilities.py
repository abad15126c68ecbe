import pytest
from gymnasium import spaces

from worldmodels import WorldSpec
from worldmodels.abilities import ABILITIES, Editable, ObjectCentric, Swappable, abilities
from worldmodels.testing.toy import Toy


class Swapping(Swappable, Toy):
    def swap_content(self, belief, content):
        return belief


class Undeclared(Toy):
    def swap_content(self, belief, content):
        return belief


def test_abilities_are_declared_by_subclassing():
    assert abilities(Swapping) == ["Swappable"]
    assert isinstance(Swapping(WorldSpec((3, 8, 8))), Swappable)


def test_a_method_of_the_name_declares_nothing():
    assert abilities(Undeclared) == []
    assert not isinstance(Undeclared(WorldSpec((3, 8, 8))), Swappable)


def test_the_contract_alone_is_no_ability():
    assert abilities(Toy) == []
    assert not any(isinstance(Toy(WorldSpec((3, 8, 8), spaces.Discrete(2))), kind) for kind in ABILITIES.values())


@pytest.mark.parametrize("name", sorted(set(ABILITIES) - {"ModuleControl"}))
def test_declaring_without_writing_is_refused(name):
    half = type("Half", (ABILITIES[name], Toy), {})
    with pytest.raises(TypeError, match="abstract"):
        half(WorldSpec((3, 8, 8)))


def test_what_can_be_edited_is_object_centric():
    assert issubclass(Editable, ObjectCentric)
