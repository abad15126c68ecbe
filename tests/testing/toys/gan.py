"""A toy GAN: two turns of the critic to one of the generator."""

from dataclasses import dataclass
from math import prod

import torch
from torch import nn

from worldmodels.model import WorldModel
from worldmodels.rollout import pack, stack
from worldmodels.stages import Group, Stage


@dataclass(frozen=True)
class GANConfig:
    """Width of the state and of the hidden layers."""

    state: int = 8
    hidden: int = 16


class GAN(WorldModel):
    """A generator of the next frame from a state; the critic sees a frame after the one before."""

    Config = GANConfig
    varying = ("state",)
    groups = (
        Group("generator", ("encoder.", "generator.", "decoder.")),
        Group("critic", ("critic.",), rate=5.0, betas=(0.0, 0.99)),
    )
    stages = (Stage("game", 1, turns=("critic", "critic", "generator")),)

    def __init__(self, spec, config=None):
        super().__init__(spec, config)
        c, pixels = self.config, prod(spec.frame_shape)
        self.feature_dim = c.state
        self.encoder = nn.Linear(pixels, c.state)
        self.generator = nn.Sequential(
            nn.Linear(c.state + self.codec.dim, c.hidden), nn.Tanh(), nn.Linear(c.hidden, c.state)
        )
        self.decoder = nn.Linear(c.state, pixels)
        self.critic = nn.Sequential(nn.Linear(2 * pixels, c.hidden), nn.ReLU(), nn.Linear(c.hidden, 1))

    def losses(self, batch, moment):
        """The hinge losses, of the player whose turn it is."""
        before, after = batch.frames[:, :-1].flatten(2), batch.frames[:, 1:].flatten(2)
        state = self._move(self.encoder(before), batch.actions)
        fake = self.decoder(state).sigmoid()
        if moment.turn == "generator":
            return {"total": -self.critic(torch.cat([before, fake], -1)).mean()}
        real = self.critic(torch.cat([before, after], -1))
        fooled = self.critic(torch.cat([before, fake.detach()], -1))
        return {"total": (1 - real).relu().mean() + (1 + fooled).relu().mean()}

    def _observe(self, frames, actions, belief, noise):
        states = self.encoder(frames.flatten(2))
        return stack([pack({"state": s}, s.shape[:1]) for s in states.unbind(1)], self.varying, self.constant)

    def _step(self, belief, action, noise):
        return pack({"state": self._move(belief["state"], action)}, belief.batch_size)

    def _move(self, state, action):
        return state + self.generator(state if action is None else torch.cat([state, action], -1))

    def _render(self, beliefs, constant):
        return self.decoder(beliefs["state"]).sigmoid().unflatten(-1, self.spec.frame_shape)

    def _features(self, beliefs, constant):
        return beliefs["state"]
