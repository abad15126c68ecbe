"""Text of others that becomes settings: YAML that unfolds to little, and looks at nothing here."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

import yaml

from worldmodels.errors import InputError
from worldmodels.regular import read_regular

DEEPEST, LONGEST, MOST = 32, 1 << 20, 100_000
"""Levels of brackets or indentation, characters of a file, and values that it may stand for."""
_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# `${oc.env:HOME}` reads the environment's variables; one interpolation within another could put such a name together.
_RESOLVER = re.compile(r"\$\{[^}\n]*(?::|\$\{)")


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """YAML 1.1 but for numbers such as 1e-3, which it would read as text and hydra does not."""


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$"), list("-+.0123456789")
)


def parse(text: str) -> Any:
    """What YAML says.

    Raises:
        InputError: for deep nesting, or aliases that stand for more than there is memory.
        ValueError: for what looks like a date or a number and is none.
        yaml.YAMLError: for what is no YAML.
    """
    check_nesting(text)
    sizes: dict[str, int] = {}  # how many events each anchor stands for, aliases within it counted in full
    open_nodes: list[tuple[str | None, int]] = [(None, 0)]
    for event in yaml.parse(text, _PARSER):
        size = sizes.get(event.anchor, 1) if isinstance(event, yaml.AliasEvent) else 1
        if isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append((event.anchor, size))
            continue
        if isinstance(event, yaml.CollectionEndEvent):
            anchor, size = open_nodes.pop()
            sizes |= {anchor: size} if anchor else {}
        outer, before = open_nodes[-1]
        open_nodes[-1] = (outer, before + size)
        if len(open_nodes) > DEEPEST or before + size > MOST:
            raise InputError(f"it is nested deeper than {DEEPEST} levels, or stands for over {MOST:,} values.")
    return yaml.load(text, _Loader)


def check_nesting(text: str) -> None:
    """Refuse brackets that no reader gets to the bottom of.

    Raises:
        InputError: where they are nested too deeply, or there is too much text.
    """
    if len(text) > LONGEST:
        raise InputError(f"{text[:40]!r}... has {len(text):,} characters; at most {LONGEST:,} are read.")
    if text.count("[") + text.count("{") <= DEEPEST:
        return
    depth = 0
    for character in text:
        depth += (character in "[{") - (character in "]}")
        if depth > DEEPEST:
            raise InputError(f"{text[:40]!r}... is nested deeper than {DEEPEST} levels.")


def read_file(path: Path) -> Any:
    """What a file of settings says, such as one of another's package.

    Raises:
        InputError: where it cannot be read, or asks for the environment's variables; the file is named.
    """
    try:
        text = read_regular(path, LONGEST).decode("utf-8")
        if _RESOLVER.search(text):
            raise InputError("it calls a resolver (${name:...}), which only the command line may.")
        return parse(text)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise InputError(f"{path} cannot be read: {' '.join(str(error).split())[:300]}") from error


def check_files(folder: Path) -> None:
    """Read every file of settings in a folder, since hydra can get from each to all others.

    Raises:
        InputError: for the first that cannot be used.
    """
    for path in sorted(folder.rglob("*.yaml")):
        _check_once(path, path.stat().st_mtime_ns)


@functools.cache
def _check_once(path: Path, changed: int) -> None:
    read_file(path)
