"""VIM, which finds objects and the rules they obey, as a worldmodels plugin."""

from pathlib import Path

from worldmodels_vim.config import PRESETS, VIMConfig
from worldmodels_vim.model import VIM
from worldmodels_vim.scoff import SCOFF

SHIPPED = Path(__file__).parent / "checkpoint"
"""A trained checkpoint that the package brings."""

SHIPPED_REACH = Path(__file__).parent / "checkpoint_reach"
"""That of `worldmodels demo`, of RandomWalkReach with its actions."""

__all__ = ["PRESETS", "SCOFF", "SHIPPED", "SHIPPED_REACH", "VIM", "VIMConfig"]
