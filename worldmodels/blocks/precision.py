"""`widen`: half precision as 32 bits."""

from __future__ import annotations

from torch import Tensor


def widen(values: Tensor) -> Tensor:
    """Half precision, which autocast leaves behind, as float32; wider stays as it is."""
    return values.float() if values.element_size() < 4 else values
