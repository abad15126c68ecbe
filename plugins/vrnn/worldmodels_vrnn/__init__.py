"""The improved conditional VRNN, a hierarchical video VAE, as a worldmodels plugin."""

from worldmodels_vrnn.config import PRESETS, VRNNConfig
from worldmodels_vrnn.model import VRNN

__all__ = ["PRESETS", "VRNN", "VRNNConfig"]
