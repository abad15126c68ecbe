"""The scorer's settings."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class NetworkConfig:
    """Sizes.

    Attributes:
        width: Channels of the finest feature map; coarser ones have twice and four times as many.
        summary: Width of the vector that describes the whole scene.
        hidden: Width of the two layers that judge an action.
    """

    width: int = 24
    summary: int = 128
    hidden: int = 128


@dataclass(frozen=True)
class ScorerConfig:
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
    steps: int = 1500
    batch: int = 32
    each: int = 24
    lr: float = 3e-3
    weight_decay: float = 1e-2
    apart: float = 6.0
    seed: int = 0
