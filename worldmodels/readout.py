"""`Readout`: what can be read from a belief or a rollout, computed only when it is asked for."""

from __future__ import annotations

from torch import Tensor

from worldmodels.model import WorldModel
from worldmodels.rollout import Belief, Rollout


class Readout:
    """Features and frames; axes (batch,) of a belief, (batch, time) of a rollout.

    Args:
        model: The model whose belief it is.
        of: What is read.
        features: Its features, where they are known from elsewhere.
        frames: Its frames, likewise.

    Attributes:
        known_features: `features` if they have been computed, else `None`.
        known_frames: `frames`, likewise.
    """

    # Not cached properties: before Python 3.12 those take a lock, which is felt in an imagined step.
    __slots__ = ("known_features", "known_frames", "model", "of")

    def __init__(
        self, model: WorldModel, of: Belief | Rollout, features: Tensor | None = None, frames: Tensor | None = None
    ) -> None:
        self.model = model
        self.of = of
        self.known_features = features
        self.known_frames = frames

    @property
    def features(self) -> Tensor:
        """(batch, [time,] feature)."""
        features = self.known_features
        if features is None:
            features = self.known_features = self.model.features(self.of)
        return features

    @property
    def frames(self) -> Tensor:
        """(batch, [time,] channel, height, width) in [0, 1]."""
        frames = self.known_frames
        if frames is None:
            frames = self.known_frames = self.model.render(self.of)
        return frames
