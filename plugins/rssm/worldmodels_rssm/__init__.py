"""DreamerV3's world model, a recurrent state-space model with discrete latents, as a worldmodels plugin."""

from worldmodels_rssm.config import PRESETS, RSSMConfig
from worldmodels_rssm.model import RSSM

__all__ = ["PRESETS", "RSSM", "RSSMConfig"]
