"""`WorldModelSuite`: the conformance suite, for a plugin's own tests to subclass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pytest
from gymnasium import Space, spaces

from worldmodels.model import WorldModel
from worldmodels.registry import build
from worldmodels.spec import WorldSpec
from worldmodels.testing.case import Case
from worldmodels.testing.checks import CHECKS

WORLDS: dict[str, Space[Any] | None] = {
    "nobody acts": None,
    "discrete": spaces.Discrete(4),
    "continuous": spaces.Box(-2.0, 2.0, (2,), np.float32),
}
"""The action spaces that every model is tried with."""


class WorldModelSuite:
    """Runs every check of the contract on a model.

    A plugin's test subclasses it in three lines::

        class TestMyModel(WorldModelSuite):
            model = MyModel
            config = {"hidden": 16}

    Attributes:
        model: The model's class.
        config: Settings that make it small.
        frame_shape: The frames it is tried with.
        tolerance: Absolute difference that rounding may cause.
    """

    model: ClassVar[type[WorldModel]]
    config: ClassVar[Mapping[str, Any]] = {}
    frame_shape: ClassVar[tuple[int, int, int]] = (3, 32, 32)
    tolerance: ClassVar[float] = 1e-4

    @pytest.mark.parametrize("world", WORLDS)
    @pytest.mark.parametrize("check", CHECKS)
    def test_contract(self, check: str, world: str) -> None:
        """One check in one kind of world."""
        spec = WorldSpec(self.frame_shape, WORLDS[world])
        CHECKS[check](Case(lambda spec: build(self.model, spec, None, self.config), spec, tolerance=self.tolerance))
