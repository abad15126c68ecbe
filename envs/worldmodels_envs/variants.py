"""`Variants`: a world's configurations by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from worldmodels_envs.fields import check_fields
from worldmodels_envs.names import known_name

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Config = TypeVar("Config", bound="DataclassInstance")


class Variants(dict[str, Config]):
    """A world's configurations by name, all frozen dataclasses of one class.

    Args:
        world: The world's name, for errors.
        configs: The configurations; the first one is the default.
    """

    def __init__(self, world: str, configs: Mapping[str, Config]) -> None:
        super().__init__(configs)
        self.world = world

    def resolve(self, config: Config | str | None = None, **changes: Any) -> Config:
        """Return a configuration from itself, a variant's name or None for the default, with some fields changed.

        Raises:
            ValueError: No variant or no field has that name, or a value is out of range.
        """
        if config is None:
            config = next(iter(self.values()))
        elif isinstance(config, str):
            config = self[known_name(config, self, f"{self.world} variant")]
        fields = [field.name for field in dataclasses.fields(config)]
        for name in changes:
            known_name(name, fields, f"{self.world} option")
        if changes:
            _check_types(config, changes)
        return dataclasses.replace(config, **changes)


def _check_types(config: Any, changes: Mapping[str, Any]) -> None:
    """Types first: a class that compares its values would stumble over another one's."""
    unchecked = object.__new__(type(config))
    for field in dataclasses.fields(config):
        object.__setattr__(unchecked, field.name, changes.get(field.name, getattr(config, field.name)))
    check_fields(unchecked)
