"""CVG: cascaded video generation (Castrejon et al., 2022)."""
