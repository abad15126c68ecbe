"""VideoFlow: normalizing flows for video (Kumar et al., 2019)."""
