"""A toy flow: frames scaled and shifted by what `prepare` measured, around what the frame before leads to."""

import math
from dataclasses import dataclass
from math import prod

import torch
from torch import nn

from worldmodels.abilities import Likelihood, LogProb
from worldmodels.batch import incoming
from worldmodels.rollout import pack, stack


@dataclass(frozen=True)
class FlowConfig:
    """Width of the hidden layer."""

    state: int = 8
    hidden: int = 16


class Flow(Likelihood):
    """z = (x - shift) / scale, elementwise, and z' ~ N(f(z, action), 1)."""

    Config = FlowConfig
    varying = ("z",)

    def __init__(self, spec, config=None):
        super().__init__(spec, config)
        pixels = prod(spec.frame_shape)
        self.feature_dim = pixels
        self.shift, self.log_scale = nn.Parameter(torch.zeros(pixels)), nn.Parameter(torch.zeros(pixels))
        self.prior = nn.Sequential(
            nn.Linear(pixels + self.codec.dim, self.config.hidden), nn.Tanh(), nn.Linear(self.config.hidden, pixels)
        )

    def prepare(self, batch):
        """Shift and scale such that every number of z has mean 0 and deviation 1 (activation normalisation)."""
        numbers = batch.frames.flatten(2).flatten(0, 1)
        self.shift.copy_(numbers.mean(0))
        self.log_scale.copy_(numbers.std(0).clamp_min(1e-3).log())

    def losses(self, batch, moment):
        """Minus the log-likelihood, in nats a number."""
        scored = self._log_prob(batch.frames, incoming(batch.actions), 1, 1, None)
        return {"total": -scored.nats.mean() / scored.numbers}

    def _log_prob(self, frames, actions, context, samples, noise):
        z = self._encode(frames)
        into = None if actions is None else actions[:, context:]
        gap = z[:, context:] - self._move(z[:, context - 1 : -1], into)
        nats = -0.5 * gap.square() - 0.5 * math.log(2 * math.pi) - self.log_scale
        return LogProb(nats.sum((1, 2)), gap[0].numel(), exact=True)

    def _observe(self, frames, actions, belief, noise):
        z = self._encode(frames)
        return stack([pack({"z": now}, now.shape[:1]) for now in z.unbind(1)], self.varying, self.constant)

    def _step(self, belief, action, noise):
        mean = self._move(belief["z"], action)
        return pack({"z": noise.gaussian(mean, torch.ones_like(mean))}, belief.batch_size)

    def _encode(self, frames):
        return (frames.flatten(2) - self.shift) / self.log_scale.exp()

    def _move(self, z, action):
        return z + self.prior(z if action is None else torch.cat([z, action], -1))

    def _render(self, beliefs, constant):
        frames = beliefs["z"] * self.log_scale.exp() + self.shift
        return frames.clamp(0, 1).unflatten(-1, self.spec.frame_shape)

    def _features(self, beliefs, constant):
        return beliefs["z"]
