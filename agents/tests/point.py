"""A world known in closed form: a point on a line, seen as the brightness of a frame."""

from dataclasses import dataclass

import torch
from gymnasium import spaces
from torch import nn

from worldmodels import WorldModel, WorldSpec
from worldmodels.rollout import pack, stack

STEPS = torch.tensor([[-1.0], [0.0], [1.0]])


@dataclass(frozen=True)
class PointConfig:
    pass


class Point(WorldModel):
    """x moves by an action of -1, 0 or 1 (Discrete(3)) or by the action itself (Box)."""

    Config = PointConfig
    varying = ("x",)

    def __init__(self, spec, config=None):
        super().__init__(spec, config)
        self.feature_dim = 1
        self.unused = nn.Parameter(torch.zeros(1))

    def losses(self, batch, progress):
        return {"total": self.unused.sum()}

    def _observe(self, frames, actions, belief, noise):
        x = frames.mean((-3, -2, -1)).unsqueeze(-1) * 255 - 100
        return stack([pack({"x": x[:, t]}, x.shape[:1]) for t in range(x.shape[1])], ("x",), ())

    def _step(self, belief, action, noise):
        move = action @ STEPS if self.codec.discrete else action
        return pack({"x": belief.get("x") + move}, belief.batch_size)

    def _render(self, beliefs, constant):
        level = ((beliefs.get("x") + 100) / 255).clamp(0, 1)
        return level[..., None, None].expand(*level.shape[:2], *self.spec.frame_shape)

    def _features(self, beliefs, constant):
        return beliefs.get("x")


def make_point(space: spaces.Space) -> Point:
    return Point(WorldSpec((1, 4, 4), space)).eval()


def frames_at(positions) -> torch.Tensor:
    """uint8 frames (environment, 4, 4, 1) of points at whole positions."""
    levels = torch.tensor([x + 100 for x in positions], dtype=torch.uint8)
    return levels[:, None, None, None].expand(-1, 4, 4, 1).numpy().copy()
