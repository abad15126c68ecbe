"""Abilities beyond the contract. A model declares one by subclassing it; `isinstance(model, Ability)` asks."""

from __future__ import annotations

from worldmodels.abilities.anytime import AnyTime as AnyTime
from worldmodels.abilities.cascade import Cascade as Cascade
from worldmodels.abilities.cascade import Level as Level
from worldmodels.abilities.likelihood import Bound as Bound
from worldmodels.abilities.likelihood import Evidence as Evidence
from worldmodels.abilities.likelihood import Likelihood as Likelihood
from worldmodels.abilities.likelihood import LogProb as LogProb
from worldmodels.abilities.modules import ModuleControl as ModuleControl
from worldmodels.abilities.objects import Editable as Editable
from worldmodels.abilities.objects import ObjectCentric as ObjectCentric
from worldmodels.abilities.objects import Swappable as Swappable
from worldmodels.model import WorldModel

ABILITIES: dict[str, type[WorldModel]] = {
    ability.__name__: ability
    for ability in (AnyTime, Likelihood, Evidence, ObjectCentric, Editable, ModuleControl, Swappable, Cascade)
}


def abilities(cls: type) -> list[str]:
    """The names of the abilities that a model class declares."""
    return [name for name, ability in ABILITIES.items() if issubclass(cls, ability)]
