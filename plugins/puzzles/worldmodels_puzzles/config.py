"""The scorer's settings."""

from __future__ import annotations

from dataclasses import dataclass, field

from worldmodels.config import Settings
from worldmodels.limits import Count, NotNegative, Positive, Seed, Width


@dataclass(frozen=True)
class NetworkConfig(Settings):
    """Sizes.

    Attributes:
        width: Channels of the finest feature map; coarser ones have twice and four times as many.
        summary: Width of the vector that describes the whole scene.
        hidden: Width of the two layers that judge an action.
    """

    width: Width = 24
    summary: Width = 128
    hidden: Width = 128


@dataclass(frozen=True)
class ScorerConfig(Settings):
    """How the scorer is trained, and how it chooses.

    Attributes:
        network: Sizes.
        steps: Training steps.
        batch: Puzzles of a step.
        each: Solving actions of each puzzle in a step, and as many failing ones.
        lr: The highest learning rate, of one cycle.
        weight_decay: Of AdamW.
        apart: Pixels within which a candidate loses worth once another has been chosen, as what fails here fails
            next to it.
        seed: Of weights and batches.
    """

    network: NetworkConfig = field(default_factory=NetworkConfig)
    steps: Count = 1500
    batch: Count = 32
    each: Count = 24
    lr: Positive = 3e-3
    weight_decay: NotNegative = 1e-2
    apart: NotNegative = 6.0
    seed: Seed = 0
