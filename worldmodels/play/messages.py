"""What a page may say: one small dataclass for each kind of message, each value checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from worldmodels.config import build_config
from worldmodels.errors import InputError, UnknownNameError

LONGEST = 1 << 16
"""Bytes of a message."""


@dataclass(frozen=True)
class Enter:
    """Begin in a world.

    Attributes:
        place: Its name.
        seed: Of the start and of all draws; the same seed and actions give the same video.
    """

    place: str
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 1 << 31:
            raise InputError(f"seed {self.seed} given; seeds are 0 to {(1 << 31) - 1}.")


@dataclass(frozen=True)
class Step:
    """Act, and see what follows.

    Attributes:
        action: As JSON, nested as the action space is; `None` where nobody acts.
        modules: For each slot the module that it applies, -1 for its own choice; `None` for all their own.
    """

    action: Any = None
    modules: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Rewind:
    """Go to a moment of this branch.

    Attributes:
        to: Its number; 0 is the start.
    """

    to: int


@dataclass(frozen=True)
class Branch:
    """Begin a branch here."""


@dataclass(frozen=True)
class Switch:
    """Go to the end of another branch.

    Attributes:
        branch: Its number.
    """

    branch: int


@dataclass(frozen=True)
class Pick:
    """Ask which object is at a place of the frame.

    Attributes:
        at: (x, y) in pixels.
    """

    at: tuple[float, float]


@dataclass(frozen=True)
class Drag:
    """Move an object across the frame.

    Attributes:
        slot: Which one.
        by: (x, y) in pixels.
        more: Whether it goes on with the gesture of the message before, so that one step back undoes all of it.
    """

    slot: int
    by: tuple[float, float]
    more: bool = False


@dataclass(frozen=True)
class Change:
    """Edit the scene.

    Attributes:
        edit: As `worldmodels.edits.read_edit` takes it.
    """

    edit: Mapping[str, Any]


@dataclass(frozen=True)
class View:
    """What is shown from now on.

    Attributes:
        temperature: Of all draws.
        time: A second look at this many frames later, for models that imagine any time; `None` for none.
        objects: Whether the objects' masks are shown.
        surprise: Whether frames are scored by the model's likelihood.
    """

    temperature: float = 1.0
    time: float | None = None
    objects: bool = False
    surprise: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.temperature <= 10:
            raise InputError(f"temperature {self.temperature} given; it is 0 to 10.")
        if self.time is not None and not 0 < self.time <= 64:
            raise InputError(f"time {self.time} given; it is above 0 and at most 64 frames.")


@dataclass(frozen=True)
class Save:
    """Ask for the video of this branch, up to here."""


Message: TypeAlias = Enter | Step | Rewind | Branch | Switch | Pick | Drag | Change | View | Save
MESSAGES: dict[str, type[Any]] = {
    kind.__name__.lower(): kind for kind in (Enter, Step, Rewind, Branch, Switch, Pick, Drag, Change, View, Save)
}


def read_message(text: str | bytes | None) -> Message:
    """The message that a page sent, such as `{"do": "step", "action": 2}`.

    Raises:
        InputError: for what is no JSON object, too long, or has a wrong value.
        UnknownNameError: for an unknown message or setting.
    """
    if not isinstance(text, str):
        raise InputError("messages are text, JSON objects.")
    if len(text) > LONGEST:
        raise InputError(f"a message of {len(text)} characters; at most {LONGEST} are read.")
    try:
        values = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise InputError(f"this is no JSON: {str(error)[:80]}.") from error
    if not isinstance(values, dict):
        raise InputError('a message is a JSON object, such as {"do": "step"}.')
    kind = values.pop("do", None)
    if not isinstance(kind, str) or kind not in MESSAGES:
        raise UnknownNameError("message", str(kind)[:40], MESSAGES)
    message: Message = build_config(MESSAGES[kind], values)
    return message


def _refuse(constant: str) -> float:
    raise InputError(f"{constant} is no number that can be acted with.")
