"""`Gallery`: the learned worlds that can be entered, each opened when the first visitor comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from worldmodels.errors import UnknownNameError
from worldmodels.play.place import Place


class Gallery:
    """Worlds by name.

    Args:
        openers: What opens each.
    """

    def __init__(self, openers: Mapping[str, Callable[[], Place]]) -> None:
        self._openers = dict(openers)
        self._open: dict[str, Place] = {}

    def titles(self) -> list[str]:
        """The names of all."""
        return list(self._openers)

    def open(self, name: str) -> Place:
        """The world of that name.

        Raises:
            UnknownNameError: if there is none.
            WorldModelsError: where it cannot be opened; the next visitor's attempt begins anew.
        """
        if name not in self._openers:
            raise UnknownNameError("world", name[:40], self._openers)
        if name not in self._open:
            self._open[name] = self._openers[name]()
        return self._open[name]
