"""Pictures at another size, smoothly."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def resize(pictures: Floats, side: int) -> Floats:
    """Return pictures (count, side, side) of pictures (count, height, width), by cubic interpolation."""
    rows, columns = (_weights(length, side) for length in pictures.shape[1:])
    resized: Floats = rows @ pictures @ columns.T
    return resized


def _weights(source: int, target: int) -> Floats:
    """Return how much each source pixel counts for each target pixel, (target, source)."""
    scale = source / target
    # Where the picture shrinks, the kernel widens, so that no source pixel is passed over.
    width = max(scale, 1.0)
    centres = (np.arange(target, dtype=np.float64) + 0.5) * scale - 0.5
    weights = _cubic((centres[:, None] - np.arange(source)) / width)
    normalised: Floats = weights / weights.sum(axis=1, keepdims=True)
    return normalised


def _cubic(distance: Floats) -> Floats:
    """Return the Catmull-Rom kernel."""
    x = np.abs(distance)
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))
