"""The improved conditional VRNN, a hierarchical video VAE, as a worldmodels plugin."""

from pathlib import Path

from worldmodels_vrnn.config import PRESETS, VRNNConfig
from worldmodels_vrnn.model import VRNN

SHIPPED = Path(__file__).parent / "checkpoint"
"""A trained checkpoint that the package brings."""

__all__ = ["PRESETS", "SHIPPED", "VRNN", "VRNNConfig"]
