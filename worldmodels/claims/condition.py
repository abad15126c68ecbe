"""`Condition`: what must hold of figures, such as `srvp.psnr > svg.psnr`; compared, never evaluated as code."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from worldmodels.errors import InputError, UnknownNameError

Number: TypeAlias = "float | None"
Figures: TypeAlias = "Mapping[str, Mapping[str, Mapping[str, Number]]]"
"""Row to figure to part, such as "mean"; a part that is `None` is not known."""

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}
OPERATIONS: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
PARTS = ("mean", "low", "high", "least", "most")
"""What a figure has: its mean, the ends of its 95% interval, and the least and the most over seeds."""
PUBLISHED = "published"
_NAME = re.compile(r"[\w-]+")


@dataclass(frozen=True)
class Term:
    """A number, or a figure of a row: `ROW.FIGURE`, `ROW.FIGURE.PART` or `published.ROW.FIGURE`.

    Attributes:
        text: As written.
    """

    text: str

    def value(self, figures: Figures) -> Number:
        """The number, or `None` for a figure that was not measured."""
        if self.is_number:
            return float(self.text)
        row, figure, part = self.path
        return figures.get(row, {}).get(figure, {}).get(part)

    @property
    def path(self) -> tuple[str, str, str]:
        """Row, figure and part; the paper's figures have rows of their own, `published.ROW`."""
        prefix, rest = "", self.text
        if rest.startswith(f"{PUBLISHED}."):
            prefix, rest = f"{PUBLISHED}.", rest.removeprefix(f"{PUBLISHED}.")
        names = rest.split(".")
        if len(names) == 2:
            names.append("mean")
        if len(names) != 3 or not all(_NAME.fullmatch(name) for name in names):
            raise InputError(f"{self.text!r} is neither a number nor ROW.FIGURE or ROW.FIGURE.PART.")
        if names[2] not in PARTS:
            raise UnknownNameError("part of a figure", names[2], PARTS)
        return prefix + names[0], names[1], names[2]

    @property
    def is_number(self) -> bool:
        """Whether it is a number."""
        try:
            float(self.text)
        except ValueError:
            return False
        return True


@dataclass(frozen=True)
class Condition:
    """One comparison of two sides; each is terms joined by + - * /, from left to right, with spaces between.

    Attributes:
        text: As written.
    """

    text: str

    def __post_init__(self) -> None:
        for term in self.terms:
            if not term.is_number:
                _ = term.path

    def holds(self, figures: Figures) -> bool | None:
        """Whether it holds; `None` where a figure that it compares was not measured."""
        left, sign, right = self._sides()
        values = [_side(words, figures) for words in (left, right)]
        if values[0] is None or values[1] is None:
            return None
        return COMPARISONS[sign](values[0], values[1])

    @property
    def terms(self) -> list[Term]:
        """Every term of both sides."""
        left, _, right = self._sides()
        return [Term(word) for words in (left, right) for word in words[::2]]

    def _sides(self) -> tuple[list[str], str, list[str]]:
        words = self.text.split()
        at = [i for i, word in enumerate(words) if word in COMPARISONS]
        if len(at) != 1:
            raise InputError(
                f"{self.text!r} is no comparison; write SIDE {' or '.join(COMPARISONS)} SIDE, with spaces."
            )
        sides = words[: at[0]], words[at[0] + 1 :]
        for side in sides:
            signs = side[1::2]
            if len(side) % 2 == 0 or any(sign not in OPERATIONS for sign in signs):
                raise InputError(f"{self.text!r} cannot be read: a side is terms joined by {' '.join(OPERATIONS)}.")
        return sides[0], words[at[0]], sides[1]


def _side(words: list[str], figures: Figures) -> Number:
    total = Term(words[0]).value(figures)
    for sign, word in zip(words[1::2], words[2::2], strict=True):
        value = Term(word).value(figures)
        if total is None or value is None:
            return None
        if sign == "/" and value == 0:
            return None
        total = OPERATIONS[sign](total, value)
    return total
