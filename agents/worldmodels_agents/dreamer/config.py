"""The actor-critic's settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from worldmodels.config import Settings
from worldmodels.limits import Count, Depth, Frames, Limit, NotNegative, Positive, Seed, Share, Width


@dataclass(frozen=True)
class DreamerConfig(Settings):
    """Settings of the actor-critic; the names in brackets are the paper's.

    Attributes:
        updates: Steps of the optimisers.
        clips: Recorded windows of an update, whose beliefs imagination starts from.
        length: Frames of a window; one that is drawn at the end of an episode may be shorter.
        starts: Times of each window that imagination starts from, drawn at random.
        horizon: Steps imagined (H).
        discount: The weight of a reward falls by this factor each step (gamma).
        trace: How far returns trust imagined rewards before values (lambda).
        learning_rate: Adam's.
        entropy: Weight of the actor's entropy (eta).
        hidden: Width of both networks' layers.
        layers: Hidden layers of both.
        slow: How far the slow critic, which the critic is held to, follows in an update.
        spread: Decay of the mean range of returns, by which advantages are divided.
        clip: Largest norm of each network's gradient.
        seed: Of weights and draws.
    """

    updates: Count = 1000
    clips: Count = 32
    length: Annotated[int, Limit(2, 10_000)] = 16
    starts: Count = 8
    horizon: Frames = 15
    discount: Annotated[float, Limit(most=1, above=0)] = 0.99
    trace: Share = 0.95
    learning_rate: NotNegative = 3e-4
    entropy: NotNegative = 1e-3
    hidden: Width = 128
    layers: Depth = 2
    slow: Share = 0.02
    spread: Share = 0.98
    clip: Positive = 100.0
    seed: Seed = 0
