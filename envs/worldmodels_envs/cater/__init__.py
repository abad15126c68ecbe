"""CATER-like videos: the snitch world, the real CATER, and the localisation task.

Ground truth, labels, metrics and baselines need numpy alone; pictures need pybullet and video files PyAV (the
extra `cater`), which are imported when they are first used.
"""

from __future__ import annotations

import importlib
from typing import Any

from worldmodels_envs.cater.config import VARIANTS, CaterConfig, resolve_config
from worldmodels_envs.cater.evaluation import score_snitch
from worldmodels_envs.cater.labels import CELLS, cell_centres, cell_of
from worldmodels_envs.cater.video import Video, simulate

_LATER = {
    "CaterFolder": "reader",
    "Renderer": "renderer",
    "episodes": "generation",
    "render_video": "generation",
    "signals": "generation",
    "write_cater": "writer",
}

__all__ = [
    "CELLS",
    "VARIANTS",
    "CaterConfig",
    "Video",
    "cell_centres",
    "cell_of",
    "resolve_config",
    "score_snitch",
    "simulate",
    *_LATER,
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_LATER[name]}"), name)
