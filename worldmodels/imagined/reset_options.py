"""What `reset(options=...)` of imagined environments takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from worldmodels.errors import InputError, UnknownNameError
from worldmodels.imagined.starts import Start
from worldmodels.rollout import Belief

Array = np.ndarray[Any, Any]
OPTIONS = ("reset_mask", "start")


def read_reset_options(
    options: Mapping[str, Any], environments: int, *, first: bool
) -> tuple[Array, Start | Belief | None]:
    """Which environments begin anew, bool (environment,), and where; `None` for starts that are drawn.

    Args:
        options: As Gymnasium hands them on.
        environments: How many there are.
        first: Whether nothing runs yet.

    Raises:
        UnknownNameError: for another option.
        InputError: for options that are no mapping, a mask of another shape, or a first reset of some environments.
    """
    if not isinstance(options, Mapping):
        raise InputError(f"reset's options are a mapping of {', '.join(OPTIONS)}; got {options!r:.80}.")
    for name in options:
        if name not in OPTIONS:
            raise UnknownNameError("reset option", str(name), OPTIONS)
    mask = options.get("reset_mask")
    rows = np.ones(environments, bool) if mask is None else np.asarray(mask)
    if rows.dtype != bool or rows.shape != (environments,) or not rows.any():
        raise InputError(
            f"reset_mask must be bool of shape ({environments},) with at least one True; got {mask!r:.80}."
        )
    if first and not rows.all():
        raise InputError("the first reset must be of all environments; leave reset_mask out.")
    return rows, options.get("start")
