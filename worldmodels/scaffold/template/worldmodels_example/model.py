"""A recurrent latent model: a memory h of what happened, and a Gaussian latent z of what a frame adds to it."""

from dataclasses import dataclass
from math import prod

import torch
from torch import nn
from torch.distributions import Normal, kl_divergence

from worldmodels import WorldModel
from worldmodels.batch import incoming
from worldmodels.noise import Noise
from worldmodels.rollout import pack, stack


@dataclass(frozen=True)
class ExampleConfig:
    """Widths of the memory h, the latent z and the hidden layers."""

    memory: int = 128
    latent: int = 32
    hidden: int = 256


class Example(WorldModel):
    """h' = GRU(h, z, action); z comes from the frame while observing, from a prior p(z | h) while imagining."""

    Config = ExampleConfig
    presets = {"tiny": {"memory": 16, "latent": 4, "hidden": 16}}  # noqa: RUF012
    varying = ("h", "z")

    def __init__(self, spec, config=None):
        super().__init__(spec, config)
        c, pixels = self.config, prod(spec.frame_shape)
        self.feature_dim = c.memory + c.latent
        self.encoder = nn.Sequential(nn.Flatten(-3), nn.Linear(pixels, c.hidden), nn.SiLU())
        self.decoder = nn.Sequential(nn.Linear(c.memory + c.latent, c.hidden), nn.SiLU(), nn.Linear(c.hidden, pixels))
        self.gru = nn.GRUCell(c.latent + self.codec.dim, c.memory)
        self.prior, self.posterior = nn.Linear(c.memory, 2 * c.latent), nn.Linear(c.memory + c.hidden, 2 * c.latent)

    def losses(self, batch, moment):
        """The negative evidence lower bound with frames of unit variance, in nats a frame."""
        beliefs = self._observe(batch.frames, incoming(batch.actions), None, Noise()).beliefs
        error = (self._render(beliefs, None) - batch.frames).square().sum((2, 3, 4)).mean() / 2
        kl = kl_divergence(self._infer(beliefs["h"], batch.frames), _normal(self.prior(beliefs["h"]))).sum(-1).mean()
        return {"error": error, "kl": kl, "total": error + kl}

    def _observe(self, frames, actions, belief, noise):
        h, z = (frames.new_zeros(len(frames), n) for n in (self.config.memory, self.config.latent))
        belief, beliefs = pack({"h": h, "z": z}, h.shape[:1]) if belief is None else belief, []
        for time in range(frames.shape[1]):
            belief = self._step(belief, None if actions is None else actions[:, time], noise, frames[:, time])
            beliefs.append(belief)
        return stack(beliefs, self.varying, self.constant)

    def _step(self, belief, action, noise, frame=None):
        h = self.gru(belief["z"] if action is None else torch.cat([belief["z"], action], -1), belief["h"])
        z = _normal(self.prior(h)) if frame is None else self._infer(h, frame)
        return pack({"h": h, "z": noise.gaussian(z.loc, z.scale)}, h.shape[:1])

    def _infer(self, h, frames):
        return _normal(self.posterior(torch.cat([h, self.encoder(frames)], -1)))

    def _features(self, beliefs, constant):
        return torch.cat([beliefs["h"], beliefs["z"]], -1)

    def _render(self, beliefs, constant):
        return self.decoder(self._features(beliefs, constant)).sigmoid().unflatten(-1, self.spec.frame_shape)


def _normal(parameters):
    mean, spread = parameters.chunk(2, -1)
    return Normal(mean, nn.functional.softplus(spread) + 0.01, validate_args=False)
