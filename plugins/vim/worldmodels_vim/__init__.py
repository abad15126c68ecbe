"""VIM, which finds objects and the rules they obey, as a worldmodels plugin."""

from pathlib import Path

from worldmodels_vim.config import PRESETS, VIMConfig
from worldmodels_vim.model import VIM
from worldmodels_vim.scoff import SCOFF

SHIPPED = Path(__file__).parent / "checkpoint"
"""A trained checkpoint that the package brings."""

__all__ = ["PRESETS", "SCOFF", "SHIPPED", "VIM", "VIMConfig"]
