"""Edits of a believed scene: small values, each testable by what it does to masks and places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from worldmodels.config import build_config
from worldmodels.errors import InputError, UnknownNameError
from worldmodels.rollout import Belief

Place: TypeAlias = tuple[float, float, float]
"""A point in the model's world, or where it knows no third dimension (x, y, 0) in pixels."""


@dataclass(frozen=True)
class Move:
    """An object goes somewhere else.

    Attributes:
        slot: Which object.
        by: How far, in the units of `places`.
    """

    slot: int
    by: Place


@dataclass(frozen=True)
class Remove:
    """An object is gone; its slot stays, empty.

    Attributes:
        slot: Which object.
    """

    slot: int


@dataclass(frozen=True)
class Add:
    """A copy of an object appears, in a slot of its own.

    Attributes:
        like: The slot that is copied.
        place: Where the copy is.
        source: The belief that `like` is of; `None` for the one that is edited.
    """

    like: int
    place: Place
    source: Belief | None = None


@dataclass(frozen=True)
class Scale:
    """An object grows or shrinks.

    Attributes:
        slot: Which object.
        factor: On its size, above 0.
    """

    slot: int
    factor: float

    def __post_init__(self) -> None:
        if not 0 < self.factor < float("inf"):
            raise InputError(f"factor {self.factor} given; an object is scaled by a number above 0.")


@dataclass(frozen=True)
class Swap:
    """Two objects exchange what they are or where they are.

    Attributes:
        slot: One object.
        other: The other.
        what: What they exchange.
    """

    slot: int
    other: int
    what: Literal["place", "shape", "appearance"] = "place"


@dataclass(frozen=True)
class TurnCamera:
    """The scene is seen from elsewhere.

    Attributes:
        degrees: How far the camera goes around the scene, counted against the clock from above.
    """

    degrees: float


Edit: TypeAlias = Add | Remove | Move | Scale | Swap | TurnCamera
EDITS: dict[str, type[Any]] = {edit.__name__: edit for edit in (Add, Remove, Move, Scale, Swap, TurnCamera)}


def slots_of(edit: Edit) -> tuple[int, ...]:
    """The slots of the edited belief that an edit names."""
    match edit:
        case Add(like, _, source):
            return (like,) if source is None else ()
        case Swap(slot, other):
            return (slot, other)
        case TurnCamera():
            return ()
    return (edit.slot,)


def read_edit(description: Mapping[str, Any]) -> Edit:
    """An edit from plain values, such as `{"edit": "Move", "slot": 1, "by": [0.1, 0, 0]}`.

    Raises:
        UnknownNameError: for an unknown edit or setting.
        InputError: for a missing or wrong setting.
    """
    values = dict(description)
    name = values.pop("edit", None)
    if not isinstance(name, str) or name not in EDITS:
        raise UnknownNameError("edit", str(name), EDITS)
    if "source" in values:
        raise InputError("an edit that is read from text copies objects of the same scene; leave `source` out.")
    edit: Edit = build_config(EDITS[name], values)
    return edit
