"""The installed models, found by entry points; listing them imports none."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from worldmodels.config import build_config
from worldmodels.errors import InputError, PluginError, UnknownNameError
from worldmodels.plugins.points import MODELS, Plugin, cause, find, installed, load

if TYPE_CHECKING:
    from worldmodels.model import WorldModel
    from worldmodels.spec import WorldSpec

GROUP = MODELS
CANNOT_BUILD = (ValueError, TypeError, LookupError, ArithmeticError, RuntimeError, AssertionError, MemoryError)
"""What a model makes of sizes that do not fit one another, or of more than there is memory."""


def available() -> dict[str, Plugin]:
    """The installed plugins by name, without importing any."""
    return installed(GROUP)


def plugin(name: str) -> Plugin:
    """The plugin of that name.

    Raises:
        UnknownNameError: if none has it.
        PluginError: if several distributions claim it.
    """
    return find(GROUP, name, "A model is installed with pip as a plugin package.")


def load_class(name: str) -> type[WorldModel]:
    """The class of a plugin, imported now.

    Raises:
        UnknownNameError: if there is no such plugin.
        PluginError: naming plugin, distribution and cause, if it cannot be imported or is no WorldModel.
    """
    return _model(plugin(name))


def import_class(target: str) -> type[WorldModel]:
    """The class at "module:Class", installed as a plugin or not.

    Raises:
        PluginError: with the cause, if it cannot be imported or is no WorldModel.
    """
    return _model(Plugin(target, target, "no distribution", "0"))


@cache
def _model(plugin: Plugin) -> type[WorldModel]:
    from worldmodels.model import WorldModel

    loaded = load(plugin)
    if not (isinstance(loaded, type) and issubclass(loaded, WorldModel)):
        raise PluginError(f"{plugin} is {_shown(loaded)}, not a subclass of worldmodels.WorldModel.")
    if not dataclasses.is_dataclass(getattr(loaded, "Config", None)):
        raise PluginError(f"{plugin} has no dataclass `Config`, which a model's settings are read into.")
    return loaded


def _shown(value: object) -> str:
    """What another's object is, even one that fails to print."""
    try:
        return f"{value!r:.80}"
    except Exception:
        return f"a {type(value).__name__}"


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
    config: Any = build_config(cls.Config, {**chosen, **(settings or {})})
    try:
        return cls(spec, config)
    except CANNOT_BUILD as error:
        given = f" and {dict(settings)}" if settings else ""
        frame = "x".join(map(str, spec.frame_shape))
        raise InputError(f"{cls.__name__} cannot be made for frames {frame}{given}: {cause(error)}.") from error


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
        return _model(plugin) is cls
    except PluginError:
        return False
