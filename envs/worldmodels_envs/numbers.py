"""Actions as whole numbers."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt


def whole_numbers(action: Any, shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
    """An action as int64 of a shape; whether they are in range is the action space's matter.

    Raises:
        gymnasium.error.InvalidAction: They are none.
    """
    try:
        given = np.asarray(action)
        with np.errstate(invalid="ignore"):  # NaN becomes another number, and is told apart by that
            numbers = given.astype(np.int64)
        exact = given.dtype.kind in "iu" or (given.dtype.kind == "f" and bool((numbers == given).all()))
    except (TypeError, ValueError, OverflowError) as error:
        raise gymnasium.error.InvalidAction(f"action {action!r:.80} is not made of whole numbers") from error
    if not exact or given.shape != shape:
        raise gymnasium.error.InvalidAction(f"action {action!r:.80} is not made of whole numbers of shape {shape}")
    return numbers
