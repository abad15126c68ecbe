"""Settings of a verb: `name=value` words into a frozen dataclass, with help made from it."""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import yaml

from worldmodels.composition import choices, compose
from worldmodels.config import build_config, hints_of
from worldmodels.errors import InputError
from worldmodels.plain import parse

T = TypeVar("T")


def read(cls: type[T], verb: str, words: Sequence[str], positional: str | None = None, groups: Sequence[str] = ()) -> T:
    """The settings that `words` give, over the dataclass's defaults.

    Args:
        cls: A frozen dataclass, whose docstring's "Attributes" explain the settings.
        verb: What the command line calls it, for messages.
        words: Each `name=value`, the value as YAML writes it; dots reach into mappings, and `--name` alone turns
            a setting on.
        positional: The setting that a first word without "=" gives.
        groups: Settings that are hydra's groups: `group=choice` takes a file of `configs/group/`.

    Raises:
        InputError: for a word of another form, a missing setting or a wrong value.
        UnknownNameError: for an unknown setting.
        SystemExit: after printing help, if asked for.
    """
    if any(word in ("-h", "--help") for word in words):
        print(usage(cls, verb, groups))
        sys.exit(0)
    grouped = [word for word in words if word.lstrip("+").partition("=")[0].partition(".")[0] in groups]
    values: dict[str, Any] = compose(grouped, groups) if grouped else {}
    words = [word for word in words if word not in grouped]
    texts = {name for name, hint in get_type_hints(cls).items() if hint in (str, str | None)}
    for position, word in enumerate(words):
        name, value = _split(verb, word, positional if position == 0 else None)
        reads = _text if name in texts else _value
        _put(values, name, True if value is None else reads(word, value))
    _require(cls, verb, values)
    return build_config(cls, values)


def usage(cls: type, verb: str, groups: Sequence[str] = ()) -> str:
    """The help of a verb, with the choices of its groups."""
    about, explained = _explain(cls)
    lines = [f"usage: worldmodels {verb} [setting=value ...]", "", about, "", "settings:"]
    for field in _fields(cls):
        default = "required" if _is_required(field) else f"default: {_default(field)!r}"
        takes = _limits(hints_of(cls)[field.name])
        lines.append(f"  {field.name:<14} {explained.get(field.name, '')} ({default}{takes})")
    if groups:
        lines += ["", "groups (group=choice, then group.setting=value):"]
        lines += [f"  {group:<14} {' | '.join(choices(group)) or 'none'}" for group in groups]
    return "\n".join(lines)


def _limits(hint: Any) -> str:
    """What a setting takes beyond its type."""
    parts = [hint, *(part for part in get_args(hint) if get_origin(part) is Annotated)]
    rules = [str(rule) for part in parts for rule in getattr(part, "__metadata__", ())]
    return "".join(f"; {rule}" for rule in rules)


def _split(verb: str, word: str, positional: str | None) -> tuple[str, str | None]:
    """A word's name and value; the value is `None` of `--name` alone."""
    name, sign, value = word.partition("=")
    flag = not sign and word.startswith("--")
    if not sign and not flag and positional is not None:
        return positional, word
    if not name or not (sign or flag):
        raise InputError(f"{word!r} is not name=value; worldmodels {verb} --help lists the settings.")
    return name.removeprefix("--").removeprefix("+"), None if flag else value


def _value(word: str, text: str) -> Any:
    try:
        return parse(text) if text else text
    except InputError as error:
        raise InputError(f"the value in {word[:40]!r} cannot be read: {error}") from error
    except ValueError:  # it looks like a date, and is none
        return text
    except yaml.YAMLError as error:
        raise InputError(f"the value in {word!r} cannot be read: {str(error).splitlines()[0]}.") from error


def _text(word: str, text: str) -> str | None:
    """A setting that is text stays what was typed where YAML sees a number, a date or a truth value in it."""
    value = _value(word, text)
    return value if value is None or isinstance(value, str) else text


def _put(values: dict[str, Any], name: str, value: Any) -> None:
    *path, last = name.split(".")
    for part in path:
        values = values.setdefault(part, {})
        if not isinstance(values, dict):
            raise InputError(f"{name!r} reaches into {part!r}, which has a value of its own.")
    values[last] = value


def _require(cls: type, verb: str, values: dict[str, Any]) -> None:
    missing = [field.name for field in _fields(cls) if _is_required(field) and field.name not in values]
    if missing:
        needed = " ".join(f"{name}=..." for name in missing)
        raise InputError(f"worldmodels {verb} needs {needed} (worldmodels {verb} --help lists the settings).")


def _fields(cls: type) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(cls)


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _default(field: dataclasses.Field[Any]) -> Any:
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


def _explain(cls: type) -> tuple[str, dict[str, str]]:
    """The docstring's first paragraph, and its attributes by name, inherited ones too."""
    about, entries = "", dict[str, str]()
    for ancestor in filter(dataclasses.is_dataclass, reversed(cls.__mro__)):
        about, _, attributes = (inspect.getdoc(ancestor) or "").partition("Attributes:")
        found = re.findall(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", attributes, re.MULTILINE)
        entries |= {name: " ".join(body.split()) for name, body in found}
    return about.strip(), entries
