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
        self.sizes = (c.memory, c.latent)
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(pixels, c.hidden), nn.SiLU())
        self.decoder = nn.Sequential(nn.Linear(c.memory + c.latent, c.hidden), nn.SiLU(), nn.Linear(c.hidden, pixels))
        self.gru = nn.GRUCell(c.latent + self.codec.dim, c.memory)
        self.prior, self.posterior = nn.Linear(c.memory, 2 * c.latent), nn.Linear(c.memory + c.hidden, 2 * c.latent)

    def losses(self, batch, progress):
        """The negative evidence lower bound with frames of unit variance, in nats a frame."""
        rollout, kl = self._filter(batch.frames, incoming(batch.actions), None, Noise())
        error = (self._render(rollout.beliefs, None) - batch.frames).square().sum((2, 3, 4)).mean() / 2
        return {"error": error, "kl": kl, "total": error + kl}

    def _filter(self, frames, actions, belief, noise):
        seen, beliefs, kl = self.encoder(frames.flatten(0, 1)).unflatten(0, frames.shape[:2]), [], []
        for time in range(frames.shape[1]):
            h, prior = self._predict(belief, None if actions is None else actions[:, time], seen[:, time])
            posterior = _normal(self.posterior(torch.cat([h, seen[:, time]], -1)))
            belief = pack({"h": h, "z": noise.gaussian(posterior.loc, posterior.scale)}, h.shape[:1])
            beliefs.append(belief), kl.append(kl_divergence(posterior, prior).sum(-1).mean())
        return stack(beliefs, self.varying, self.constant), torch.stack(kl).mean()

    def _predict(self, belief, action, like=None):
        h, z = (like.new_zeros(len(like), n) for n in self.sizes) if belief is None else (belief["h"], belief["z"])
        h = self.gru(z if action is None else torch.cat([z, action], -1), h)
        return h, _normal(self.prior(h))

    def _observe(self, frames, actions, belief, noise):
        return self._filter(frames, actions, belief, noise)[0]

    def _step(self, belief, action, noise):
        h, prior = self._predict(belief, action)
        return pack({"h": h, "z": noise.gaussian(prior.loc, prior.scale)}, h.shape[:1])

    def _features(self, beliefs, constant):
        return torch.cat([beliefs["h"], beliefs["z"]], -1)

    def _render(self, beliefs, constant):
        return self.decoder(self._features(beliefs, constant)).sigmoid().unflatten(-1, self.spec.frame_shape)


def _normal(parameters):
    mean, spread = parameters.chunk(2, -1)
    return Normal(mean, nn.functional.softplus(spread) + 0.01, validate_args=False)
