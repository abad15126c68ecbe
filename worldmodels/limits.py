"""What a setting takes beyond its type, said where it is declared: `Annotated[int, Limit(1)]`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, runtime_checkable

MANY = 10**12
"""What no count exceeds."""


@runtime_checkable
class Rule(Protocol):
    """What stands in an `Annotated` type; its text completes "must be ...", such as "at least 1"."""

    def allows(self, value: Any) -> bool:
        """Whether a setting, already of its type, may have the value."""
        ...


@dataclass(frozen=True)
class Limit:
    """The range of a number.

    Attributes:
        least: The smallest that is allowed.
        most: The largest that is allowed.
        above: All that are allowed are larger.
        below: All that are allowed are smaller.
    """

    least: float | None = None
    most: float | None = None
    above: float | None = None
    below: float | None = None

    def allows(self, value: Any) -> bool:
        """Whether a number lies within; NaN never does."""
        return bool(
            (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )

    def __str__(self) -> str:
        words = {"at least": self.least, "above": self.above, "at most": self.most, "below": self.below}
        return " and ".join(f"{word} {n:.12g}" for word, n in words.items() if n is not None and n != MANY)


@dataclass(frozen=True)
class Pattern:
    """The form of a text.

    Attributes:
        form: A regular expression of the whole text.
        words: What it means, such as "cpu, cuda or cuda:1".
    """

    form: str
    words: str

    def allows(self, value: Any) -> bool:
        """Whether a text has the form."""
        return re.fullmatch(self.form, value) is not None

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True)
class Filled:
    """At least one entry."""

    def allows(self, value: Any) -> bool:
        """Whether there is one."""
        return len(value) > 0

    def __str__(self) -> str:
        return "not empty"


Count = Annotated[int, Limit(1, MANY)]
"""How many, at least one."""
Whole = Annotated[int, Limit(0, MANY)]
"""How many, or none."""
Seed = Annotated[int, Limit(0, 2**32 - 1)]
"""What every random generator takes as a seed."""
Width = Annotated[int, Limit(1, 1 << 14)]
"""Features of a layer, or pixels of a side."""
Depth = Annotated[int, Limit(0, 64)]
"""Layers of a network."""
Positive = Annotated[float, Limit(above=0)]
NotNegative = Annotated[float, Limit(0)]
Share = Annotated[float, Limit(0, 1)]
Device = Annotated[str, Pattern(r"cpu|(cuda|mps|xpu|hpu)(:\d{1,3})?", "such as cpu, cuda or cuda:1")]
Frames = Annotated[int, Limit(1, 10_000)]
"""Of a clip that a network reads at once."""
Layers = Annotated[int, Limit(1, 64)]
"""Layers of a part that has at least one."""
Several = str | Annotated[tuple[str, ...], Filled()]
"""One name, or a list of one or more."""
