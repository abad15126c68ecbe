"""Worlds: one recipe says how anyone's Gymnasium environment becomes the frames and actions that a model sees."""

from worldmodels.worlds.world import World

__all__ = ["World"]
