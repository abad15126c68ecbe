"""Imports all that a case may need, so that no fork of this process imports anything anew."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import sys
from contextlib import suppress

PACKAGES = ("worldmodels", "worldmodels_envs", "worldmodels_agents", "worldmodels_snitch", "worldmodels_puzzles")
PACKAGES += tuple(f"worldmodels_{name}" for name in ("srvp", "vrnn", "svg", "rssm", "lewm", "jump", "cvg", "vim"))
PACKAGES += ("worldmodels_videoflow", "worldmodels_inferno")
OTHERS = ("stable_baselines3", "lightning.pytorch", "uvicorn", "websockets", "huggingface_hub", "tensordict", "yaml")
LEFT_OUT = (".__main__", ".template", ".conformance", ".testing.suite", "worldmodels.plugins.probe")
"""Those that do something when they are imported, or are pytest's."""


def warm() -> None:
    """Import every module of the library that is here, and what it imports only when it is used."""
    for name in PACKAGES:
        with suppress(ImportError):
            package = importlib.import_module(name)
            for module in pkgutil.walk_packages(package.__path__, f"{name}."):
                if not any(part in module.name for part in LEFT_OUT):
                    with suppress(ImportError):  # an extra that is not installed
                        importlib.import_module(module.name)
    for name in OTHERS:
        with suppress(ImportError):
            importlib.import_module(name)
    assert "worldmodels.training.run" in sys.modules
    gc.collect()
    gc.freeze()  # or the first collection of each fork would copy the pages of all objects
