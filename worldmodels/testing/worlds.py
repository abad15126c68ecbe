"""The worlds that every model is tried in, and the size that it is tried at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium import Space, spaces

from worldmodels.model import WorldModel
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels.testing.case import Case

WORLDS: dict[str, Space[Any] | None] = {
    "nobody acts": None,
    "discrete": spaces.Discrete(4),
    "continuous": spaces.Box(-2.0, 2.0, (2,), np.float32),
}
"""The action spaces that every model is tried with."""

TINY = "tiny"
"""The preset at which a model is tried, where it has one."""


def case_for(
    model: type[WorldModel],
    world: str,
    frame_shape: tuple[int, int, int] = (3, 32, 32),
    preset: str | None = None,
    config: Mapping[str, Any] | None = None,
    tolerance: float = 1e-4,
) -> Case:
    """Fresh models of a class, small if it says how, in one of the worlds."""
    chosen = preset or (TINY if TINY in model.presets else None)
    spec = WorldSpec(frame_shape, WORLDS[world])
    return Case(lambda spec: build(model, spec, chosen, config), spec, tolerance=tolerance)
