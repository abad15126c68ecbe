"""Configs: frozen dataclasses filled from plain mappings, each value checked, nothing instantiated by name."""

from __future__ import annotations

import dataclasses
import reprlib
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from worldmodels.errors import InputError, UnknownNameError

T = TypeVar("T")


def build_config(cls: type[T], values: Mapping[str, Any]) -> T:
    """A config of dataclass `cls` from `values`; what is not named keeps its default.

    Lists become tuples where the field is one, whole floats become integers where it is one.

    Raises:
        UnknownNameError: for a setting that does not exist.
        InputError: for a value of the wrong type, a missing one, or one that the class itself refuses.
    """
    hints = typing.get_type_hints(cls)
    known = [field.name for field in dataclasses.fields(cls) if field.init]  # type: ignore[arg-type]
    for name in values:
        if name not in known:
            raise UnknownNameError(f"setting of {cls.__name__}", str(name), known)
    converted = {name: convert_setting(cls, name, hints[name], value) for name, value in values.items()}
    try:
        return cls(**converted)
    except InputError:
        raise
    except (TypeError, ValueError) as error:  # a setting without default is missing, or the class refuses one
        raise InputError(f"{cls.__name__}: {str(error).removeprefix(f'{cls.__name__}.__init__() ')}.") from error


def convert_setting(cls: type, name: str, hint: Any, value: Any) -> Any:
    """`value` as the type `hint` that setting `name` of `cls` has.

    Raises:
        InputError: where it is of another type, or not allowed.
    """
    try:
        return convert(hint, value)
    except InputError:
        raise
    except (TypeError, ValueError, OverflowError) as error:
        kind = getattr(hint, "__name__", None) if not typing.get_args(hint) else None
        raise InputError(f"{cls.__name__}.{name} = {reprlib.repr(value)} is not {kind or hint}.") from error


def convert(hint: Any, value: Any) -> Any:
    """`value` as type `hint`: bool, int, float, str, Literal, tuple, dict, optional and nested dataclasses.

    Raises:
        TypeError: where it is of another type.
        ValueError: where it is of that type but not allowed.
    """
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _first_that_fits(arguments, value)
    if origin is Literal:
        return _one_of(arguments, value)
    if origin is tuple:
        return _tuple(arguments, value)
    if origin in (dict, Mapping) or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return _mapping(arguments, value)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return value if isinstance(value, hint) else build_config(hint, _as_mapping(value))
    return _plain(hint, value)


def _first_that_fits(hints: tuple[Any, ...], value: Any) -> Any:
    for hint in hints:
        try:
            return convert(hint, value)
        except (TypeError, ValueError):
            continue
    raise TypeError(value)


def _one_of(allowed: tuple[Any, ...], value: Any) -> Any:
    if not any(value == choice and type(value) is type(choice) for choice in allowed):
        raise ValueError(value)
    return value


def _tuple(hints: tuple[Any, ...], value: Any) -> Any:
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        raise TypeError(value)
    items = list(value)
    if len(hints) == 2 and hints[1] is Ellipsis:
        return tuple(convert(hints[0], item) for item in items)
    if len(items) != len(hints):
        raise ValueError(value)
    return tuple(convert(hint, item) for hint, item in zip(hints, items, strict=True))


def _as_mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(value)
    return value


def _mapping(hints: tuple[Any, ...], value: Any) -> dict[Any, Any]:
    return {convert(hints[0], key): convert(hints[1], item) for key, item in _as_mapping(value).items()}


def _plain(hint: Any, value: Any) -> Any:
    if hint is type(None):
        if value is not None:
            raise TypeError(value)
        return None
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if hint is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if hint is Any or (isinstance(value, hint) and (hint is bool or not isinstance(value, bool))):
        return value
    raise TypeError(value)
