"""Names that a user gives, checked against those that there are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def known_name(name: str, allowed: Iterable[str], kind: str) -> str:
    """Return the name if it is allowed.

    Raises:
        ValueError: It is not; the message names the nearest one.
    """
    names = list(allowed)
    if name in names:
        return name
    near = difflib.get_close_matches(str(name), names, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"unknown {kind} {name!r}, known are {', '.join(names)}{hint}")
