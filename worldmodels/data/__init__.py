"""Recorded episodes: a store on disk, its writer, random clips from it, imports and exports.

Names are loaded when they are first used, so that reading and writing a store need no torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from worldmodels.data.clips import Clips as Clips
    from worldmodels.data.clips import ClipSampler as ClipSampler
    from worldmodels.data.episode import Episode as Episode
    from worldmodels.data.lerobot import export_lerobot as export_lerobot
    from worldmodels.data.lerobot import import_lerobot as import_lerobot
    from worldmodels.data.minari import export_minari as export_minari
    from worldmodels.data.minari import import_minari as import_minari
    from worldmodels.data.recorder import record as record
    from worldmodels.data.store import Episodes as Episodes
    from worldmodels.data.store import EpisodeStore as EpisodeStore
    from worldmodels.data.video import import_videos as import_videos
    from worldmodels.data.video import write_video as write_video
    from worldmodels.data.writer import EpisodeWriter as EpisodeWriter

_HOMES = {
    "ClipSampler": "clips",
    "Clips": "clips",
    "Episode": "episode",
    "EpisodeStore": "store",
    "EpisodeWriter": "writer",
    "Episodes": "store",
    "export_lerobot": "lerobot",
    "export_minari": "minari",
    "import_lerobot": "lerobot",
    "import_minari": "minari",
    "import_videos": "video",
    "record": "recorder",
    "write_video": "video",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'worldmodels.data' has no attribute {name!r}")
    return getattr(importlib.import_module(f"worldmodels.data.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
