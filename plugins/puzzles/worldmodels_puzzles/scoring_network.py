"""`ScoringNetwork`: will this ball solve this puzzle? An action-conditioned CNN on the initial scene."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from worldmodels_envs.phyre.scene import SIDE, Color
from worldmodels_puzzles.config import NetworkConfig

_GROUPS = 8


class SceneFeatures(NamedTuple):
    """What is computed once a scene, whatever the number of actions.

    Attributes:
        grid: Local features, (scene, width, 32, 32).
        summary: Features of the whole, (scene, summary).
    """

    grid: Tensor
    summary: Tensor


class ScoringNetwork(nn.Module):
    """A U-Net sees the scene; a ball is judged by the features at its centre and at four points of its edge.

    The scene's share is computed once and each action costs three small linear layers, so that thousands of
    candidates are scored in the time of one scene (DQN of Bakhtin et al. 2019 fuses the action into the middle of
    a ResNet, whose second half runs for each action).
    """

    def __init__(self, config: NetworkConfig | None = None) -> None:
        super().__init__()
        self.config = config or NetworkConfig()
        self.scene = SceneNetwork(self.config)
        self.action = ActionNetwork(self.config)

    def encode(self, scenes: Tensor) -> SceneFeatures:
        """Features of scenes, uint8 colour ids (scene, 64, 64) with row 0 at the top."""
        features: SceneFeatures = self.scene(scenes)
        return features

    def judge(self, features: SceneFeatures, actions: Tensor) -> Tensor:
        """Logits (scene, action) that actions (scene, action, 3) in [0, 1] solve the scenes."""
        logits: Tensor = self.action(features, actions)
        return logits

    def forward(self, scenes: Tensor, actions: Tensor) -> Tensor:
        """`judge` after `encode`."""
        return self.judge(self.encode(scenes), actions)


class SceneNetwork(nn.Module):
    """Down to 4 x 4 and, with skip connections, up to 32 x 32 again; positions are two more channels."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        w = config.width
        self.down = nn.ModuleList([_block(len(Color) + 1, w, 5, 2), _block(w, 2 * w, 3, 2), _block(2 * w, 4 * w, 3, 2)])
        self.bottom = _block(4 * w, 4 * w, 3, 2)
        self.summary = nn.Sequential(nn.Flatten(), nn.Linear(4 * w * 16, config.summary), nn.SiLU())
        self.back = nn.Linear(config.summary, 4 * w)
        self.up = nn.ModuleList([_block(8 * w, 4 * w), _block(6 * w, 2 * w), _block(3 * w, w)])

    def forward(self, scenes: Tensor) -> SceneFeatures:
        """See `ScoringNetwork.encode`."""
        x, skips = _planes(scenes), []
        for down in self.down:
            x = down(x)
            skips.append(x)
        x = self.bottom(x)
        summary = self.summary(x)
        x = x + self.back(summary)[..., None, None]
        for up, skip in zip(self.up, reversed(skips), strict=True):
            x = up(torch.cat([F.interpolate(x, scale_factor=2.0), skip], 1))
        return SceneFeatures(x, summary)


class ActionNetwork(nn.Module):
    """A multilayer perceptron over the features below the ball, those of the whole scene, and the action."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.local = nn.Linear(5 * config.width + 3, config.hidden)
        self.whole = nn.Linear(config.summary, config.hidden)
        self.judge = nn.Sequential(nn.SiLU(), nn.Linear(config.hidden, config.hidden), nn.SiLU())
        self.logit = nn.Linear(config.hidden, 1)

    def forward(self, features: SceneFeatures, actions: Tensor) -> Tensor:
        """See `ScoringNetwork.judge`."""
        sampled = F.grid_sample(features.grid, footprint(actions), align_corners=False, padding_mode="border")
        below = sampled.permute(0, 2, 3, 1).flatten(2)
        hidden = self.local(torch.cat([below, actions], -1)) + self.whole(features.summary)[:, None]
        logits: Tensor = self.logit(self.judge(hidden))
        return logits.squeeze(-1)


def footprint(actions: Tensor) -> Tensor:
    """A ball's centre, left, right, bottom and top as `grid_sample` has positions, (scene, action, 5, 2)."""
    x, y, radius = (255 * actions[..., 0], 255 * actions[..., 1], 2 + 30 * actions[..., 2])
    none = torch.zeros_like(radius)
    across = torch.stack([none, -radius, radius, none, none], -1)
    upwards = torch.stack([none, none, none, -radius, radius], -1)
    columns, rows = x[..., None] + across, SIDE - (y[..., None] + upwards)
    return torch.stack([columns, rows], -1) * (2 / SIDE) - 1


def _planes(scenes: Tensor) -> Tensor:
    """One plane for each colour but the background, and two of positions: (scene, colour + 1, 64, 64)."""
    colours = F.one_hot(scenes.long(), len(Color))[..., 1:].permute(0, 3, 1, 2).float()
    steps = torch.linspace(-1, 1, scenes.shape[-1], device=scenes.device)
    rows, columns = torch.meshgrid(steps, steps, indexing="ij")
    places = torch.stack([rows, columns]).expand(len(scenes), -1, -1, -1)
    return torch.cat([colours, places], 1)


def _block(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.GroupNorm(_GROUPS, outputs), nn.SiLU())
