"""`WorldModelSuite`: the conformance suite, for a plugin's own tests to subclass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import pytest

from worldmodels.model import WorldModel
from worldmodels.testing.checks import CHECKS
from worldmodels.testing.worlds import WORLDS, case_for


class WorldModelSuite:
    """Runs every check of the contract on a model.

    A plugin's test subclasses it in two lines::

        class TestMyModel(WorldModelSuite):
            model = MyModel

    Attributes:
        model: The model's class. Its preset "tiny" is tried, where it has one.
        config: Settings over that preset's.
        frame_shape: The frames it is tried with.
        tolerance: Absolute difference that rounding may cause.
        worlds: The kinds of world that it is tried in; all, unless another suite of the plugin tries those left out.
    """

    model: ClassVar[type[WorldModel]]
    config: ClassVar[Mapping[str, Any]] = {}
    frame_shape: ClassVar[tuple[int, int, int]] = (3, 32, 32)
    tolerance: ClassVar[float] = 1e-4
    worlds: ClassVar[Sequence[str]] = tuple(WORLDS)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each check and world."""
        if metafunc.function.__name__ == "test_contract":
            metafunc.parametrize("check", CHECKS)
            metafunc.parametrize("world", self.worlds)

    def test_contract(self, check: str, world: str) -> None:
        """One check in one kind of world."""
        CHECKS[check](case_for(self.model, world, self.frame_shape, None, self.config, self.tolerance))
