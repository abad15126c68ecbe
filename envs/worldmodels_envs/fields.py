"""What a world's configuration may hold: values of their fields' types, finite and not beyond reason."""

from __future__ import annotations

import functools
import math
import types
import typing
from dataclasses import fields
from typing import Any

LARGEST = 1_000_000
"""No number of a world is larger."""
LONGEST_SIDE = 1024
"""Pixels of a side, and objects, that are drawn in a reasonable time."""
_SIDES = ("height", "width", "size", "side", "objects", "max_objects", "balls", "digits", "shapes", "supersample")


def check_fields(config: Any) -> None:
    """Refuse a configuration with values of another type, or that no machine could make.

    Raises:
        ValueError: Naming the field, what it is and what is allowed.
    """
    kind: Any = type(config)
    for name, hint in _hints(kind).items():
        value = getattr(config, name)
        if not _fits(hint, value):
            raise ValueError(f"{name} is {value!r:.80}, must be {getattr(hint, '__name__', hint)}")
        most = LONGEST_SIDE if name in _SIDES else LARGEST
        for number in value if isinstance(value, tuple | list) else (value,):
            if isinstance(number, int | float) and not (math.isfinite(number) and abs(number) <= most):
                raise ValueError(f"{name} is {value!r:.80}, must be finite and at most {most}")


@functools.cache
def _hints(cls: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(cls)
    return {field.name: hints[field.name] for field in fields(cls)}


def _fits(hint: Any, value: Any) -> bool:
    """Whether a value is of a simple type; of others nothing is said."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return any(_fits(part, value) for part in arguments)
    if origin is typing.Literal:
        return value in arguments
    if origin is tuple:
        # One value may stand for a tuple of it, as one radius for all balls.
        items = value if isinstance(value, tuple | list) else (value,)
        return all(_fits(arguments[0], item) for item in items)
    if hint is type(None):
        return value is None
    if hint in (int, float):
        return isinstance(value, int if hint is int else int | float) and not isinstance(value, bool)
    return isinstance(value, hint) if hint in (bool, str) else True
