"""INFERNO (Castrejon et al.; chapter 10 of the thesis): scenes as objects in space."""
