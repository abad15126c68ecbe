"""Factors of variation: what may differ from episode to episode, within declared ranges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from gymnasium import spaces

from worldmodels_envs.names import known_name


class Factor(NamedTuple):
    """One thing that varies.

    Attributes:
        space: The values that it takes, for a configuration.
        change: The fields of the configuration that a value stands for.
    """

    space: Callable[[Any], spaces.Space[Any]]
    change: Callable[[Any], Mapping[str, Any]]


Factors = Mapping[str, Factor]


def variation_space(factors: Factors, config: Any) -> spaces.Dict:
    """All factors and their values."""
    return spaces.Dict({name: factor.space(config) for name, factor in factors.items()})


def draw(
    factors: Factors, config: Any, asked: Sequence[str] | Mapping[str, Any], rng: np.random.Generator
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Values of some factors, and the fields of the configuration that they change.

    Args:
        factors: Those that there are.
        config: The configuration that is varied.
        asked: Names of factors to draw uniformly, or values by name.
        rng: Where draws come from.

    Raises:
        ValueError: An unknown factor, or a value outside its space.
    """
    asked = (asked,) if isinstance(asked, str) else asked
    values: dict[str, Any] = {}
    changes: dict[str, Any] = {}
    for name in asked:
        factor = factors[known_name(name, factors, "factor of variation")]
        space = factor.space(config)
        if isinstance(asked, Mapping):
            values[name] = np.asarray(asked[name], space.dtype) if space.shape else asked[name]
        else:
            space.seed(int(rng.integers(2**31)))
            values[name] = space.sample()
        if not space.contains(values[name]):
            raise ValueError(f"{name} is {values[name]!r:.80}, outside {space}")
        changes |= factor.change(values[name])
    return values, changes


def whole(least: int, most: int) -> spaces.Discrete:
    """Whole numbers from `least` to `most`."""
    return spaces.Discrete(most - least + 1, start=least)


def between(least: float, most: float) -> spaces.Box:
    """Numbers from `least` to `most`."""
    return spaces.Box(least, most, (), np.float32)


def colours(count: int) -> spaces.Box:
    """So many RGB colours, none so dark that it could not be seen."""
    return spaces.Box(64, 255, (count, 3), np.uint8)


def rgb(values: Any) -> tuple[tuple[int, int, int], ...]:
    """Colours as configurations have them."""
    return tuple((int(r), int(g), int(b)) for r, g, b in np.asarray(values))
