"""`Success`: when an episode counts as won, in one short expression that is read, never run."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from worldmodels.errors import InputError, UnknownNameError

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}
_FLAGS, _NUMBERS = ("terminated", "truncated"), ("return", "length", "reward")
_SUBJECT = r"(?P<subject>[a-z]+|info:[\w.\-]+)"
_FORM = re.compile(rf"{_SUBJECT}(?:\s*(?P<sign>>=|<=|==|>|<)\s*(?P<number>[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?))?")


class Ending(NamedTuple):
    """How an episode went.

    Attributes:
        total: Sum of its rewards.
        length: Its steps.
        reward: That of the last step.
        terminated: Whether the environment ended it, rather than a time limit.
        info: What the environment told with the last step.
    """

    total: float
    length: int
    reward: float
    terminated: bool
    info: Mapping[str, Any]


@dataclass(frozen=True)
class Success:
    """A condition on an episode's end, such as "return >= 475", "terminated", "info:is_success" or "info:rank < 3".

    Attributes:
        subject: terminated, truncated, return, length, reward (the last one), or info:NAME.
        sign: How it is compared; `None` where the subject itself is true or false.
        number: What it is compared with.
    """

    subject: str
    sign: str | None = None
    number: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Success:
        """The condition that a text means.

        Raises:
            InputError: for a text of another form.
            UnknownNameError: for an unknown subject.
        """
        found = _FORM.fullmatch(text.strip()) if isinstance(text, str) else None
        if found is None:
            raise InputError(f"success={text!r:.99} is not like 'return >= 475', 'terminated' or 'info:NAME'.")
        subject, sign = found["subject"], found["sign"]
        if subject not in (*_FLAGS, *_NUMBERS) and not subject.startswith("info:"):
            raise UnknownNameError("part of success", subject, (*_FLAGS, *_NUMBERS, "info:NAME"))
        if (sign is None and subject in _NUMBERS) or (sign is not None and subject in _FLAGS):
            raise InputError(
                f"success={text!r}: {' and '.join(_NUMBERS)} are compared, {' and '.join(_FLAGS)} are not."
            )
        return cls(subject, sign, float(found["number"] or 0))

    def __call__(self, ending: Ending) -> bool:
        """Whether the episode was won.

        Raises:
            UnknownNameError: where the environment's info has no such entry.
            InputError: where that entry is no single number.
        """
        value = self._value(ending)
        return bool(value) if self.sign is None else _COMPARE[self.sign](float(value), self.number)

    def _value(self, ending: Ending) -> Any:
        match self.subject:
            case "return":
                return ending.total
            case "truncated":
                return not ending.terminated
            case "terminated" | "length" | "reward":
                return getattr(ending, self.subject)
        name = self.subject.removeprefix("info:")
        if name not in ending.info:
            raise UnknownNameError("entry of info", name, map(str, ending.info), "The world's success reads it.")
        if np.size(ending.info[name]) != 1:
            raise InputError(f"success reads info {name!r}, which is {ending.info[name]!r:.80} and no single number.")
        return np.asarray(ending.info[name]).item()
