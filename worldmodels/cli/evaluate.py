"""`worldmodels evaluate KIND`: one evaluation; kinds are entry points, so distributions add their own."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Sequence

from worldmodels.errors import InputError, UnknownNameError

GROUP = "worldmodels.evaluations"
"""Entry points of this group are kinds: functions of the words after the kind."""


def run(words: Sequence[str]) -> int | None:
    """Run the evaluation that the first word names."""
    kinds = {point.name: point for point in importlib.metadata.entry_points(group=GROUP)}
    if not words or words[0] in ("-h", "--help"):
        listing = " | ".join(sorted(kinds))
        if words:
            print(f"usage: worldmodels evaluate {{{listing}}} [setting=value ...]")
            return 0
        raise InputError(f"worldmodels evaluate needs a kind: {listing}.")
    if words[0] not in kinds:
        raise UnknownNameError("evaluation", words[0], kinds)
    result: int | None = kinds[words[0]].load()(words[1:])
    return result
