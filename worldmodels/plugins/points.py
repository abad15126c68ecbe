"""Entry points of every kind: listed without importing any, and loaded with one line for what is broken."""

from __future__ import annotations

import importlib.metadata
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from worldmodels.errors import PluginError, PluginFault, UnknownNameError, WorldModelsError
from worldmodels.plugins.requirements import unmet

MODELS, COMMANDS = "worldmodels.models", "worldmodels.commands"
EVALUATIONS, BENCHMARKS = "worldmodels.evaluations", "worldmodels.benchmarks"
IMPORTERS = "worldmodels.importers"
KINDS = {
    MODELS: "model",
    COMMANDS: "verb",
    EVALUATIONS: "evaluation",
    BENCHMARKS: "benchmark",
    IMPORTERS: "importer",
}
"""What the entry points of each group are."""


@dataclass(frozen=True)
class Plugin:
    """What a distribution offers under a name.

    Attributes:
        name: What it is called by.
        target: Where it lies, "module:name".
        distribution: The distribution that brings it.
        version: That distribution's version.
        rivals: Other distributions that claim the same name; with any, the name cannot be used.
        group: The group of its entry point.
    """

    name: str
    target: str
    distribution: str
    version: str
    rivals: tuple[str, ...] = ()
    group: str = MODELS

    def __str__(self) -> str:
        return f"{KINDS.get(self.group, 'plugin')} {self.name!r} of {self.distribution} ({self.target})"


def installed(group: str) -> dict[str, Plugin]:
    """The plugins of a group by name, without importing any."""
    found: dict[str, list[Plugin]] = {}
    for point in importlib.metadata.entry_points(group=group):
        found.setdefault(point.name, []).append(_claim(point))
    return {name: _one(claims) for name, claims in sorted(found.items())}


def find(group: str, name: str, hint: str = "") -> Plugin:
    """The plugin of a group that has a name.

    Raises:
        UnknownNameError: if none has it.
        PluginError: if several distributions claim it.
    """
    plugins = installed(group)
    if name not in plugins:
        raise UnknownNameError(KINDS[group], name, plugins, hint)
    found = plugins[name]
    if found.rivals:
        both = " and ".join((found.distribution, *found.rivals))
        raise PluginError(f"the {KINDS[group]} name {name!r} is claimed by {both}; uninstall all but one of them.")
    return found


@cache
def load(plugin: Plugin) -> Any:
    """What a plugin's entry point names, imported now.

    Raises:
        PluginError: naming plugin, distribution and cause, if it cannot be imported.
    """
    point = importlib.metadata.EntryPoint(plugin.name, plugin.target, plugin.group)
    try:
        return point.load()
    # Another's module may raise anything while it is imported, or exit; it is reported with its cause.
    except (Exception, SystemExit) as error:
        wanting = "".join(f" ({fault})" for fault in unmet(plugin.distribution))
        raise PluginError(f"{plugin} cannot be imported: {cause(error)}{wanting}") from error


@contextmanager
def calling(plugin: Plugin) -> Iterator[None]:
    """Another's code runs within; what it raises names it, errors that this library knows pass through.

    Raises:
        PluginFault: in place of anything else than an error of this library, of the disk or of the memory.
    """
    try:
        yield
    except (WorldModelsError, OSError, MemoryError):
        raise
    except Exception as error:
        if isinstance(error, RuntimeError) and "alloc" in str(error) and "memory" in str(error):  # PyTorch's way
            raise MemoryError(cause(error)) from error
        frame = traceback.extract_tb(error.__traceback__)[-1]
        raise PluginFault(f"{plugin} failed: {cause(error)} at {frame.filename}:{frame.lineno}") from error


def cause(error: BaseException) -> str:
    """An exception in one line, even one that fails to print."""
    kind = type(error).__name__
    try:
        text = str(error)
    except Exception:
        return f"{kind}, which cannot be printed"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return f"{kind}: {lines[0][:300]}" if lines else kind


def _claim(point: importlib.metadata.EntryPoint) -> Plugin:
    # A torn installation leaves entry points without the metadata that name their distribution.
    metadata: Any = point.dist.metadata if point.dist else {}
    distribution = metadata["Name"] if "Name" in metadata else "an unnamed distribution"
    version = metadata["Version"] if "Version" in metadata else "0"
    return Plugin(point.name, point.value, distribution, version, group=point.group)


def _one(claims: list[Plugin]) -> Plugin:
    first = claims[0]
    # One distribution may be on the path twice, as an editable install and as a build beside it.
    rivals = tuple(sorted({claim.distribution for claim in claims} - {first.distribution}))
    return Plugin(first.name, first.target, first.distribution, first.version, rivals, first.group)
