"""The actor-critic's settings."""

from __future__ import annotations

from dataclasses import dataclass

from worldmodels.errors import InputError


@dataclass(frozen=True)
class DreamerConfig:
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

    updates: int = 1000
    clips: int = 32
    length: int = 16
    starts: int = 8
    horizon: int = 15
    discount: float = 0.99
    trace: float = 0.95
    learning_rate: float = 3e-4
    entropy: float = 1e-3
    hidden: int = 128
    layers: int = 2
    slow: float = 0.02
    spread: float = 0.98
    clip: float = 100.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("updates", "clips", "starts", "horizon", "hidden"):
            if getattr(self, name) < 1:
                raise InputError(f"{name}={getattr(self, name)} given; it must be at least 1.")
        if self.length < 2 or not 0 < self.discount <= 1 or not 0 <= self.trace <= 1:
            raise InputError(
                f"length={self.length} must be at least 2, discount={self.discount} above 0 and at most 1, "
                f"trace={self.trace} from 0 to 1."
            )
