"""Configurations by name: a world's variants, with some fields changed."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

Config = TypeVar("Config")


def resolve_variant(
    config: Config | str, variants: Mapping[str, Config], world: str, changes: Mapping[str, Any]
) -> Any:
    """Return a configuration from itself or from a variant's name, with some fields changed.

    Args:
        config: A frozen dataclass, or a key of `variants`.
        variants: The world's configurations by name, all of one class.
        world: The world's name, for errors.
        changes: New values by field name.

    Raises:
        ValueError: No variant or no field has that name, or a value is out of range.
    """
    if isinstance(config, str):
        config = variants[known_name(config, variants, f"{world} variant")]
    fields = [field.name for field in dataclasses.fields(config)]  # type: ignore[arg-type]
    for name in changes:
        known_name(name, fields, f"{world} option")
    return dataclasses.replace(config, **changes)  # type: ignore[type-var]


def known_name(name: str, allowed: Iterable[str], kind: str) -> str:
    """Return the name if it is allowed.

    Raises:
        ValueError: It is not; the message names the nearest one.
    """
    names = list(allowed)
    if name in names:
        return name
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"unknown {kind} {name!r}, known are {', '.join(names)}{hint}")
