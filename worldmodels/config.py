"""Configs: frozen dataclasses filled from plain mappings, each value checked, nothing instantiated by name."""

from __future__ import annotations

import dataclasses
import functools
import math
import reprlib
import types
import typing
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from worldmodels.errors import InputError, UnknownNameError
from worldmodels.limits import Rule

T = TypeVar("T")

LARGEST = 2**63
"""Whole numbers beyond it fit into no tensor."""
LONGEST = 1 << 16
"""Characters of a text: no path, name or expression is longer."""


class Settings:
    """Base of config dataclasses: each value is checked, and converted as by `build_config`, however one is made.

    Limits stand in the types, `Annotated[int, Limit(1)]`; every number is finite. What depends on several settings is
    checked in a `__post_init__` that calls this one first.
    """

    def __post_init__(self) -> None:
        for name, hint in hints_of(type(self)).items():
            object.__setattr__(self, name, convert_setting(type(self), name, hint, getattr(self, name)))


def hints_of(cls: type) -> dict[str, Any]:
    """The types of a dataclass's settings, with their limits."""
    key: Any = cls
    return _hints(key)


@functools.cache
def _hints(cls: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(cls, include_extras=True)
    return {field.name: hints[field.name] for field in dataclasses.fields(cls) if field.init}


def build_config(cls: type[T], values: Mapping[str, Any]) -> T:
    """A config of dataclass `cls` from `values`; what is not named keeps its default.

    Lists become tuples where the field is one, whole floats become integers where it is one.

    Raises:
        UnknownNameError: for a setting that does not exist.
        InputError: for a value of the wrong type or out of its limits, a missing one, or one that the class refuses.
    """
    hints = hints_of(cls)
    if not isinstance(values, Mapping):  # where a file holds something else
        raise InputError(
            f"{cls.__name__}: {values!r:.80} is no table of settings, such as {{{next(iter(hints))}: ...}}."
        )
    for name in values:
        if name not in hints:
            raise UnknownNameError(f"setting of {cls.__name__}", str(name), hints)
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
        raise InputError(f"{cls.__name__}.{name} = {reprlib.repr(value)} is not {allowed(hint)}.") from error


def allowed(hint: Any) -> str:
    """What a type with limits takes, in words: "int, at least 1, or null"."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return ", ".join([allowed(arguments[0]), *(str(rule) for rule in arguments[1:] if isinstance(rule, Rule))])
    if origin in (typing.Union, types.UnionType):
        return " or ".join(map(allowed, arguments))
    if origin is Literal:
        return f"one of {', '.join(map(str, arguments))}"
    if origin is tuple and arguments[-1] is Ellipsis:
        return f"a list of ({allowed(arguments[0])})"
    if origin is tuple:
        return f"a list of {len(arguments)}: {'; '.join(map(allowed, arguments))}"
    if origin in (dict, Mapping):
        return f"a mapping of {allowed(arguments[0])} to ({allowed(arguments[1])})"
    if hint is type(None):
        return "null"
    return "a finite float" if hint is float else str(getattr(hint, "__name__", hint)) if origin is None else str(hint)


def convert(hint: Any, value: Any) -> Any:
    """`value` as type `hint`: bool, int, float, str, Literal, tuple, dict, optional, limited and nested dataclasses.

    Raises:
        TypeError: where it is of another type.
        ValueError: where it is of that type but not allowed.
    """
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return _limited(arguments, value)
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


def _limited(arguments: tuple[Any, ...], value: Any) -> Any:
    value = convert(arguments[0], value)
    if not all(rule.allows(value) for rule in arguments[1:] if isinstance(rule, Rule)):
        raise ValueError(value)
    return value


def _first_that_fits(hints: tuple[Any, ...], value: Any) -> Any:
    if value is None and type(None) in hints:
        return None
    others = [hint for hint in hints if hint is not type(None)]
    if len(others) == 1:  # so that what is wrong within it is told
        return convert(others[0], value)
    for hint in others:
        try:
            return convert(hint, value)
        except (TypeError, ValueError, OverflowError):
            continue
    raise TypeError(value)


def _one_of(choices: tuple[Any, ...], value: Any) -> Any:
    if not any(value == choice and type(value) is type(choice) for choice in choices):
        raise ValueError(value)
    return value


def _tuple(hints: tuple[Any, ...], value: Any) -> Any:
    if isinstance(value, str | Mapping) or not hasattr(value, "__iter__"):
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
        value = float(value)
    elif hint is int and isinstance(value, float) and value.is_integer():
        value = int(value)
    if hint not in (Any, object) and not (isinstance(value, hint) and (hint is bool or not isinstance(value, bool))):
        raise TypeError(value)
    _check_size(hint, value)
    return value


def _check_size(hint: Any, value: Any) -> None:
    """Numbers are finite and fit into tensors, texts can be printed and be names of files."""
    if hint is float and not math.isfinite(value):
        raise ValueError(value)
    if hint is int and not -LARGEST <= value < LARGEST:
        raise ValueError(value)
    if hint is str and (len(value) > LONGEST or "\0" in value or (not value.isascii() and not _is_text(value))):
        raise ValueError(value)


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair: a byte on the command line that is no text
        return False
    return True
