"""Stochastic latent residual video prediction (SRVP) as a worldmodels plugin."""

from worldmodels_srvp.config import PRESETS, SRVPConfig
from worldmodels_srvp.model import SRVP

__all__ = ["PRESETS", "SRVP", "SRVPConfig"]
