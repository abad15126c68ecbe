"""A puzzle's template: a grid of parameters and the function that lays a scene out from them."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from worldmodels_envs.phyre.layout import InvalidLayout
from worldmodels_envs.phyre.scene import Scene

Parameter = float | int | str | bool
Build = Callable[..., Scene]


@dataclass(frozen=True)
class Template:
    """One ball template.

    Attributes:
        id: five digits, as in PHYRE.
        summary: layout and goal in a few words.
        grid: the values of each parameter of `build`.
        build: lays a scene out; raises InvalidLayout where it cannot.
    """

    id: str
    summary: str
    grid: dict[str, tuple[Parameter, ...]]
    build: Build

    def scene(self, parameters: dict[str, Parameter], name: str = "") -> Scene:
        """The scene of one choice of parameters, named "id:variation"."""
        scene = self.build(**parameters)
        return Scene(scene.bodies, scene.goal, name or self.id)

    def choices(self) -> list[dict[str, Parameter]]:
        """Every choice of parameters, ordered by the MD5 of its text: reproducible, and mixed."""
        names = list(self.grid)
        rows = [dict(zip(names, values, strict=True)) for values in product(*self.grid.values())]
        return sorted(rows, key=lambda row: hashlib.md5(repr(sorted(row.items())).encode()).hexdigest())

    def layouts(self) -> Iterator[tuple[dict[str, Parameter], Scene]]:
        """The valid layouts in the hashed order."""
        for parameters in self.choices():
            try:
                scene = self.scene(parameters)
            except InvalidLayout:
                continue
            yield parameters, scene


REGISTRY: dict[str, Template] = {}


def template(id: str, summary: str, **grid: tuple[Parameter, ...]) -> Callable[[Build], Build]:
    """Register the decorated function as the template `id` with its grid of parameters."""

    def register(build: Build) -> Build:
        REGISTRY[id] = Template(id, summary, grid, build)
        return build

    return register


def values(start: float, stop: float, count: int) -> tuple[float, ...]:
    """Evenly spaced values, both ends included, rounded so that they print the same everywhere."""
    return tuple(round(float(v), 6) for v in np.linspace(start, stop, count))


def find(templates: dict[str, Template], id: str) -> Template:
    """A template by its id, or an error that names near ones."""
    if id not in templates:
        near = difflib.get_close_matches(id, templates, n=3)
        raise KeyError(f"unknown template '{id}'; near: {', '.join(near) or ', '.join(templates)}")
    return templates[id]
