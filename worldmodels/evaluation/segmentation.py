"""How well masks agree with the objects that are there."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from worldmodels.errors import InputError


def adjusted_rand_index(found: Tensor, true: Tensor, *, foreground: bool = True) -> Tensor:
    """The adjusted Rand index (Hubert and Arabie, 1985) of each frame, (...).

    1 says that both divide the pixels alike, 0 that they agree no more than chance; names do not matter. A frame in
    which both put all pixels together, or all apart, counts 1.

    Args:
        found: The label of each pixel, integers (..., height, width).
        true: The object of each pixel likewise, 0 being the background.
        foreground: Whether the background's pixels are left out, as is usual for slots ("foreground ARI").

    Raises:
        InputError: for labels of different shapes, or of another kind than integers.
    """
    if found.shape != true.shape or found.is_floating_point() or true.is_floating_point():
        raise InputError(f"labels {tuple(found.shape)} and {tuple(true.shape)} are not integers of one shape.")
    a, b = (F.one_hot(labels.flatten(-2).long()).double() for labels in (found, true))
    if foreground:
        a, b = a * (true.flatten(-2) > 0).unsqueeze(-1), b[..., 1:]
    table = a.transpose(-1, -2) @ b
    pairs, all_pairs = _pairs(table).sum((-1, -2)), _pairs(table.sum((-1, -2)))
    rows, columns = _pairs(table.sum(-1)).sum(-1), _pairs(table.sum(-2)).sum(-1)
    expected, most = rows * columns / all_pairs.clamp_min(1), (rows + columns) / 2
    return torch.where(most == expected, 1.0, (pairs - expected) / (most - expected))


def _pairs(counts: Tensor) -> Tensor:
    return counts * (counts - 1) / 2
