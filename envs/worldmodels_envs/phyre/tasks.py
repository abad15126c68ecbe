"""The shipped puzzles: 100 variations of each ball template, by id such as "00007:042"."""

from __future__ import annotations

import difflib
import gzip
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from worldmodels_envs.phyre.scene import Scene
from worldmodels_envs.phyre.template import Parameter
from worldmodels_envs.phyre.templates import get_template
from worldmodels_envs.whole import write_file

VARIATIONS = 100


class Variation(NamedTuple):
    """One kept choice of a template's parameters.

    Attributes:
        parameters: as the template's `build` takes them.
        solution: x, y and radius in pixels of a ball known to solve it by the default engine, stably.
    """

    parameters: dict[str, Parameter]
    solution: tuple[int, int, int]


@cache
def shipped() -> dict[str, tuple[Variation, ...]]:
    """The kept variations of each template, in order."""
    return {id: tuple(map(_variation, rows)) for id, rows in json.loads(gzip.decompress(_data())).items()}


def fingerprint() -> str:
    """A digest of the shipped puzzles, to be kept with what was computed on them."""
    return hashlib.sha256(_data()).hexdigest()


def write(variations: dict[str, Sequence[Variation]], path: Path) -> None:
    """Store variations as the gzipped JSON that `shipped` reads, the same bytes each time."""
    rows = {id: [[v.parameters, list(v.solution)] for v in kept] for id, kept in variations.items()}
    text = json.dumps(rows, separators=(",", ":"))
    write_file(path, gzip.compress(text.encode(), mtime=0))


def task_ids() -> tuple[str, ...]:
    """Ids of all shipped puzzles."""
    return tuple(f"{id}:{index:03d}" for id, kept in shipped().items() for index in range(len(kept)))


def task(id: str) -> Scene:
    """The scene of a shipped puzzle.

    Raises:
        KeyError: for an unknown id, naming near ones.
    """
    parameters = _find(id).parameters
    return get_template(id.partition(":")[0]).scene(parameters, id)


def solution(id: str) -> tuple[int, int, int]:
    """A ball (x, y, radius in pixels) known to solve a shipped puzzle by the default engine."""
    return _find(id).solution


def chosen(every: Sequence[str], tasks: Sequence[str] | None) -> tuple[str, ...]:
    """The ids that `tasks` names among all; a template's id stands for its variations.

    Raises:
        ValueError: for an id that is not there, naming near ones.
    """
    if tasks is None:
        return tuple(every)
    found: list[str] = []
    for name in map(str, tasks):
        matches = [id for id in every if id == name or id.partition(":")[0] == name]
        if not matches:
            near = ", ".join(difflib.get_close_matches(name, every, n=3))
            raise ValueError(f"unknown puzzle '{name}'; ids are such as '00007:042' or '00007'; near: {near}")
        found.extend(matches)
    if not found:
        raise ValueError("tasks names no puzzle; leave it out for all")
    return tuple(dict.fromkeys(found))


def _data() -> bytes:
    return resources.files("worldmodels_envs.phyre").joinpath("data/ball.json.gz").read_bytes()


def _find(id: str) -> Variation:
    template, _, index = id.partition(":")
    kept = shipped().get(template, ())
    if not index.isdigit() or int(index) >= len(kept):
        near = ", ".join(difflib.get_close_matches(id, task_ids(), n=3))
        raise KeyError(f"unknown puzzle '{id}'; ids are TEMPLATE:VARIATION such as '00007:042'; near: {near}")
    return kept[int(index)]


def _variation(row: Any) -> Variation:
    parameters, (x, y, radius) = row
    return Variation(parameters, (x, y, radius))
