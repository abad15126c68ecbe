"""Plugins: models that other distributions offer, found by entry points and imported when they are used."""

from worldmodels.plugins.points import Plugin
from worldmodels.plugins.registry import (
    GROUP,
    available,
    build,
    create,
    import_class,
    load_class,
    name_of,
    plugin,
)

__all__ = ["GROUP", "Plugin", "available", "build", "create", "import_class", "load_class", "name_of", "plugin"]
