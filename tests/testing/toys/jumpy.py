"""A toy jumpy model: the belief at a time is a function of the scene and of that time, actions until then summed."""

from dataclasses import dataclass
from math import prod

import torch
from torch import nn

from worldmodels.abilities import AnyTime
from worldmodels.rollout import Rollout, pack


@dataclass(frozen=True)
class JumpyConfig:
    """Widths."""

    state: int = 8
    hidden: int = 16


class Jumpy(AnyTime):
    """A scene (the newest frame's code) and how long ago that was; no time is imagined on the way to another."""

    Config = JumpyConfig
    varying = ("scene", "time", "done")
    sparse = True

    def __init__(self, spec, config=None):
        super().__init__(spec, config)
        c, pixels = self.config, prod(spec.frame_shape)
        self.feature_dim = c.state + 1 + self.codec.dim
        self.encoder = nn.Linear(pixels, c.state)
        self.decoder = nn.Sequential(nn.Linear(self.feature_dim, c.hidden), nn.Tanh(), nn.Linear(c.hidden, pixels))

    def losses(self, batch, moment):
        """Squared error of each frame, asked for at its time from the first."""
        first = self._observe(batch.frames[:, :1], None, None, None).last
        seen = self._at(first, batch.clock, batch.actions)
        return {"total": (self._render(seen.beliefs, None) - batch.frames).square().mean()}

    def _observe(self, frames, actions, belief, noise):
        scene = self.encoder(frames.flatten(2))
        nothing = scene.new_zeros(*scene.shape[:2], 1 + self.codec.dim)
        beliefs = pack({"scene": scene, "time": nothing[..., :1], "done": nothing[..., 1:]}, scene.shape[:2])
        return Rollout(beliefs, beliefs[:, -1], pack({}, scene.shape[:1]))

    def _imagine_at(self, belief, times, actions, noise):
        return self._at(belief, times, actions)

    def _at(self, belief, times, actions):
        done = belief["done"].unsqueeze(1).expand(-1, times.shape[1], -1)
        if actions is not None:
            started = torch.arange(actions.shape[1], device=times.device) < times.unsqueeze(-1)
            done = done + started.to(times.dtype) @ actions
        over_time = {
            "scene": belief["scene"].unsqueeze(1).expand(-1, times.shape[1], -1),
            "time": belief["time"].unsqueeze(1) + times.unsqueeze(-1),
            "done": done,
        }
        beliefs = pack(over_time, times.shape)
        return Rollout(
            beliefs, beliefs[torch.arange(len(times), device=times.device), times.argmax(1)], pack({}, times.shape[:1])
        )

    def _render(self, beliefs, constant):
        return self.decoder(self._features(beliefs, constant)).sigmoid().unflatten(-1, self.spec.frame_shape)

    def _features(self, beliefs, constant):
        return torch.cat([beliefs["scene"], beliefs["time"] / 10, beliefs["done"] / 10], -1)
