"""The errors of this library: each message says what was wrong, what is allowed and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

LONGEST = 1900
"""Characters of a message; values that it tells of may be longer than any terminal."""


class WorldModelsError(Exception):
    """Base of every error that this library raises on purpose: one line, whatever the values that it tells of print."""

    def __init__(self, message: object = "") -> None:
        line = " ".join(str(message).split())
        super().__init__(line if len(line) <= LONGEST else f"{line[:LONGEST]} ...")

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors come back from other processes, where their classes' own arguments are not known any more.
        return _again, (type(self), str(self))


class InputError(WorldModelsError, ValueError):
    """An argument has a wrong shape, dtype, range or value."""


class UnknownNameError(WorldModelsError, LookupError):
    """A name is not among those that exist.

    Args:
        kind: What the name is for, such as "model".
        name: The name that was asked for.
        known: The names that exist; the nearest are suggested.
        hint: What else to do, one sentence.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str], hint: str = "") -> None:
        known = sorted(known)
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        suggestion = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
        listing = ", ".join(known) if known else "none is installed"
        super().__init__(f"unknown {kind} {name!r}.{suggestion} Known: {listing}.{' ' + hint if hint else ''}")


class PluginError(WorldModelsError, ImportError):
    """A plugin cannot be imported, or is not what its entry point claims."""


class PluginFault(PluginError):
    """A plugin's code, this library's own among them, failed with an error that it should not raise."""


class OutputError(WorldModelsError):
    """A result cannot be written; what was there before stays."""


class CheckpointError(WorldModelsError):
    """A checkpoint is missing, damaged, foreign or does not fit."""


class DataError(WorldModelsError):
    """A data set is missing, damaged, foreign or does not fit."""


class MetricUnavailableError(WorldModelsError):
    """A metric cannot be computed on this machine; the message says what it needs."""


def _again(kind: type[WorldModelsError], message: str) -> WorldModelsError:
    error = kind.__new__(kind)
    error.args = (message,)
    return error
