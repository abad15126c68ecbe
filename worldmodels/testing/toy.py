"""A tiny model with the whole contract, for tests and benchmarks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from worldmodels.batch import Batch
from worldmodels.config import Settings
from worldmodels.limits import NotNegative, Width
from worldmodels.model import WorldModel
from worldmodels.noise import Noise
from worldmodels.rollout import Belief, Entries, Rollout, pack, stack
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment


@dataclass(frozen=True)
class ToyConfig(Settings):
    """Sizes of the toy.

    Attributes:
        state: Width of the state.
        hidden: Width of the two hidden layers of the transition.
        std: Standard deviation of the noise of a step.
    """

    state: Width = 32
    hidden: Width = 256
    std: NotNegative = 0.0


class Toy(WorldModel):
    """A linear encoder and decoder around a state that a multilayer perceptron moves."""

    Config = ToyConfig
    varying = ("state",)
    weighted = True

    def __init__(self, spec: WorldSpec, config: ToyConfig | None = None) -> None:
        super().__init__(spec, config)
        pixels, width, hidden = int(torch.tensor(spec.frame_shape).prod()), self.config.state, self.config.hidden
        self.feature_dim = width
        self.encoder = nn.Linear(pixels, width)
        self.decoder = nn.Linear(width, pixels)
        self.transition = nn.Sequential(
            nn.Linear(width + self.codec.dim, hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, width),
        )

    def losses(self, batch: Batch, moment: Moment) -> dict[str, Tensor]:
        """Squared errors of a frame's reconstruction and of the next frame's prediction."""
        state = self.encoder(batch.frames.flatten(2))
        following = self.transition(self._input(state[:, :-1], batch.actions))
        reconstruction = batch.mean((self._decode(state) - batch.frames).square())
        prediction = batch.mean((self._decode(following) - batch.frames[:, 1:]).square(), first=1)
        return {"reconstruction": reconstruction, "prediction": prediction, "total": reconstruction + prediction}

    def _observe(self, frames: Tensor, actions: Tensor | None, belief: Belief | None, noise: Noise) -> Rollout:
        seen = self.encoder(frames.flatten(2))
        beliefs = []
        for time in range(frames.shape[1]):
            state = seen[:, time]
            if belief is not None:
                action = None if actions is None else actions[:, time]
                state = (state + self._step(belief, action, noise).get("state")) / 2
            belief = pack({"state": state}, state.shape[:1])
            beliefs.append(belief)
        return stack(beliefs, self.varying, self.constant)

    def _step(self, belief: Belief, action: Tensor | None, noise: Noise) -> Belief:
        state = self.transition(self._input(belief["state"], action))
        if self.config.std:
            state = noise.gaussian(state, torch.full_like(state, self.config.std))
        return pack({"state": state}, belief.batch_size)

    def _render(self, beliefs: Entries, constant: Entries) -> Tensor:
        return self._decode(beliefs["state"])

    def _features(self, beliefs: Entries, constant: Entries) -> Tensor:
        state: Tensor = beliefs["state"]
        return state

    def _decode(self, state: Tensor) -> Tensor:
        pixels: Tensor = self.decoder(state)
        return pixels.sigmoid().reshape(*state.shape[:-1], *self.spec.frame_shape)

    def _input(self, state: Tensor, action: Any) -> Tensor:
        return state if action is None else torch.cat([state, action], -1)
