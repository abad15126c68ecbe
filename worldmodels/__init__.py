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
    from worldmodels.checkpoints import load as load
    from worldmodels.checkpoints import save as save
    from worldmodels.errors import WorldModelsError as WorldModelsError
    from worldmodels.heads import HeadConfig as HeadConfig
    from worldmodels.heads import attach_heads as attach_heads
    from worldmodels.model import WorldModel as WorldModel
    from worldmodels.plugins import available as available
    from worldmodels.plugins import create as create
    from worldmodels.rollout import Belief as Belief
    from worldmodels.rollout import Rollout as Rollout
    from worldmodels.spec import WorldSpec as WorldSpec
    from worldmodels.worlds.world import World as World

__version__ = "0.1.0"

_HOMES = {
    "World": "worldmodels.worlds.world",
    "ActionCodec": "worldmodels.actions",
    "HeadConfig": "worldmodels.heads",
    "attach_heads": "worldmodels.heads",
    "Belief": "worldmodels.rollout",
    "Rollout": "worldmodels.rollout",
    "WorldModel": "worldmodels.model",
    "WorldModelsError": "worldmodels.errors",
    "WorldSpec": "worldmodels.spec",
    "available": "worldmodels.plugins",
    "create": "worldmodels.plugins",
    "load": "worldmodels.checkpoints",
    "save": "worldmodels.checkpoints",
}

__all__ = sorted([*_HOMES, "__version__"])


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'worldmodels' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__


register_envs()
