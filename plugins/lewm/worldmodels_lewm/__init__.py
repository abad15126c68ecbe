"""LeWorldModel, which predicts embeddings and never pixels, as a worldmodels plugin."""

from worldmodels_lewm.model import PRESETS, LeWM, LeWMConfig

__all__ = ["PRESETS", "LeWM", "LeWMConfig"]
