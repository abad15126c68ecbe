"""Learned video world models as plugins, each one a Gymnasium environment.

Importing this package registers the Gymnasium ids and imports neither torch nor any plugin; names are loaded when
they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from worldmodels.registration import register_envs

if TYPE_CHECKING:
    from worldmodels.actions import ActionCodec as ActionCodec
    from worldmodels.checkpoint import attach_heads as attach_heads
    from worldmodels.checkpoint import load as load
    from worldmodels.checkpoint import save as save
    from worldmodels.errors import WorldModelsError as WorldModelsError
    from worldmodels.heads import HeadConfig as HeadConfig
    from worldmodels.model import WorldModel as WorldModel
    from worldmodels.registry import available as available
    from worldmodels.registry import create as create
    from worldmodels.rollout import Belief as Belief
    from worldmodels.rollout import Rollout as Rollout
    from worldmodels.spec import WorldSpec as WorldSpec
    from worldmodels.worlds.world import World as World

__version__ = "0.1.0"

_HOMES = {
    "World": "worldmodels.worlds.world",
    "ActionCodec": "worldmodels.actions",
    "HeadConfig": "worldmodels.heads",
    "attach_heads": "worldmodels.checkpoint",
    "Belief": "worldmodels.rollout",
    "Rollout": "worldmodels.rollout",
    "WorldModel": "worldmodels.model",
    "WorldModelsError": "worldmodels.errors",
    "WorldSpec": "worldmodels.spec",
    "available": "worldmodels.registry",
    "create": "worldmodels.registry",
    "load": "worldmodels.checkpoint",
    "save": "worldmodels.checkpoint",
}

__all__ = sorted([*_HOMES, "__version__"])


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'worldmodels' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__


register_envs()
