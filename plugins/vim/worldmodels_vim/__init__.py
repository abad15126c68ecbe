"""VIM, which finds objects and the rules they obey, as a worldmodels plugin."""

from worldmodels_vim.config import PRESETS, VIMConfig
from worldmodels_vim.model import VIM
from worldmodels_vim.scoff import SCOFF

__all__ = ["PRESETS", "SCOFF", "VIM", "VIMConfig"]
