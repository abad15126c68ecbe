"""The installed models, found by entry points; listing them imports none."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from worldmodels.config import build_config
from worldmodels.errors import PluginError, UnknownNameError
from worldmodels.plugins.requirements import unmet

if TYPE_CHECKING:
    from worldmodels.model import WorldModel
    from worldmodels.spec import WorldSpec

GROUP = "worldmodels.models"


@dataclass(frozen=True)
class Plugin:
    """A model that a distribution offers.

    Attributes:
        name: What `create` calls it.
        target: Where it lies, "module:Class".
        distribution: The distribution that brings it.
        version: That distribution's version.
        rivals: Other distributions that claim the same name; with any, the name cannot be used.
    """

    name: str
    target: str
    distribution: str
    version: str
    rivals: tuple[str, ...] = ()


def available() -> dict[str, Plugin]:
    """The installed plugins by name, without importing any."""
    found: dict[str, list[Plugin]] = {}
    for point in importlib.metadata.entry_points(group=GROUP):
        found.setdefault(point.name, []).append(_claim(point))
    return {name: _one(claims) for name, claims in sorted(found.items())}


def _claim(point: importlib.metadata.EntryPoint) -> Plugin:
    # A torn installation leaves entry points without the metadata that name their distribution.
    metadata: Any = point.dist.metadata if point.dist else {}
    distribution = metadata["Name"] if "Name" in metadata else "an unnamed distribution"
    version = metadata["Version"] if "Version" in metadata else "0"
    return Plugin(point.name, point.value, distribution, version)


def _one(claims: list[Plugin]) -> Plugin:
    first = claims[0]
    # One distribution may be on the path twice, as an editable install and as a build beside it.
    rivals = tuple(sorted({claim.distribution for claim in claims} - {first.distribution}))
    return Plugin(first.name, first.target, first.distribution, first.version, rivals)


def plugin(name: str) -> Plugin:
    """The plugin of that name.

    Raises:
        UnknownNameError: if none has it.
        PluginError: if several distributions claim it.
    """
    installed = available()
    if name not in installed:
        raise UnknownNameError("model", name, installed, "A model is installed with pip as a plugin package.")
    found = installed[name]
    if found.rivals:
        both = " and ".join((found.distribution, *found.rivals))
        raise PluginError(f"the model name {name!r} is claimed by {both}; uninstall all but one of them.")
    return found


def load_class(name: str) -> type[WorldModel]:
    """The class of a plugin, imported now.

    Raises:
        UnknownNameError: if there is no such plugin.
        PluginError: naming plugin, distribution and cause, if it cannot be imported or is no WorldModel.
    """
    found = plugin(name)
    return _import(found.name, found.target, found.distribution)


def import_class(target: str) -> type[WorldModel]:
    """The class at "module:Class", installed as a plugin or not.

    Raises:
        PluginError: with the cause, if it cannot be imported or is no WorldModel.
    """
    return _import(target, target, "no distribution")


@cache
def _import(name: str, target: str, distribution: str) -> type[WorldModel]:
    from worldmodels.model import WorldModel

    point = importlib.metadata.EntryPoint(name, target, GROUP)
    try:
        loaded = point.load()
    # A stranger's module may raise anything while it is imported, or exit; it is reported with its cause.
    except (Exception, SystemExit) as error:
        cause = f"{type(error).__name__}: {error}".splitlines()[0]
        wanting = "".join(f" ({fault})" for fault in unmet(distribution))
        raise PluginError(
            f"model {name!r} of {distribution} ({target}) cannot be imported: {cause}{wanting}"
        ) from error
    if not (isinstance(loaded, type) and issubclass(loaded, WorldModel)):
        raise PluginError(
            f"model {name!r} of {distribution} ({target}) is {loaded!r:.80}, not a subclass of worldmodels.WorldModel."
        )
    return loaded


def create(
    name: str,
    spec: WorldSpec,
    *,
    preset: str | None = None,
    config: Mapping[str, Any] | None = None,
    **settings: Any,
) -> WorldModel:
    """A fresh model.

    Args:
        name: A plugin's name, as `available()` lists it.
        spec: The world that it is for.
        preset: One of the plugin's named configurations.
        config: Settings as a mapping, over the preset's.
        **settings: Settings by name, over both.

    Raises:
        UnknownNameError: for an unknown model, preset or setting.
        PluginError: if the plugin cannot be imported.
        InputError: for a setting of the wrong type.
    """
    return build(load_class(name), spec, preset, {**(config or {}), **settings})


def build(
    cls: type[WorldModel],
    spec: WorldSpec,
    preset: str | None = None,
    settings: Mapping[str, Any] | None = None,
) -> WorldModel:
    """A fresh model of a class that needs no registration; arguments and errors as for `create`."""
    if preset is not None and preset not in cls.presets:
        raise UnknownNameError(f"preset of {cls.__name__}", preset, cls.presets)
    chosen = cls.presets[preset] if preset is not None else {}
    return cls(spec, build_config(cls.Config, {**chosen, **(settings or {})}))


def name_of(model: WorldModel) -> str | None:
    """The name under which a model's class is installed, or `None`."""
    cls, plugins = type(model), available().values()
    target = f"{cls.__module__}:{cls.__qualname__}"
    exact = next((plugin.name for plugin in plugins if plugin.target == target), None)
    return exact or next((plugin.name for plugin in plugins if _offers(plugin, cls)), None)


def _offers(plugin: Plugin, cls: type) -> bool:
    """Whether a plugin's target is the class under another path, such as a package that re-exports it."""
    if plugin.target.partition(":")[0].partition(".")[0] != cls.__module__.partition(".")[0]:
        return False
    try:
        return _import(plugin.name, plugin.target, plugin.distribution) is cls
    except PluginError:
        return False
