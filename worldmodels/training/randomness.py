"""One seed for every step: what a step draws depends on nothing that came before it."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch

TRAIN, DATA, HELD_OUT, VALIDATE = range(4)
SPLIT: Final = 4
PREPARE: Final = 5


def fold(seed: int, purpose: int, step: int, rank: int) -> np.random.SeedSequence:
    """Independent randomness for each combination."""
    return np.random.SeedSequence((seed, purpose, step, rank))


def seed_torch(seed: int, purpose: int, step: int, rank: int) -> None:
    """Set PyTorch's global generators, of CPU and devices."""
    torch.manual_seed(int(fold(seed, purpose, step, rank).generate_state(1, np.uint64)[0]))
