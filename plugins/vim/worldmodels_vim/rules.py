"""Measures what a model of modules has found: rules, objects, and how well it follows both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from worldmodels.evaluation.segmentation import adjusted_rand_index
from worldmodels_vim.matching import RuleTable, match_rules, match_slots, of_objects
from worldmodels_vim.model import VIM

REGIONS = 3
"""Rows and columns of the regions by which purity is told apart."""

GAPS = (0.0, 4.0, 8.0, float("inf"))
"""Distances between balls, px, by which figures are told apart: half hidden, touching (balls are 7 px wide), apart."""


class Truth(NamedTuple):
    """Videos of balls, and what is true of them.

    Attributes:
        frames: (video, time, channel, height, width) in [0, 1].
        positions: Centres (video, time, ball, 2) in pixels as (x, y).
        rules: (video, time - 1, ball, move), -1 for none; a move leads from each frame to the next.
        labels: The ball seen at each pixel (video, time, height, width), from 1 on; 0 is background.
    """

    frames: Tensor
    positions: Tensor
    rules: Tensor
    labels: Tensor

    @classmethod
    def of(cls, arrays: dict[str, np.ndarray], device: str = "cpu") -> Truth:
        """From what `worldmodels_envs.random_walk.generate(..., masks=True)` gives."""
        masks = torch.from_numpy(arrays["masks"])
        names = torch.arange(1, masks.shape[2] + 1).view(-1, 1, 1)
        frames = torch.from_numpy(arrays["frames"]).movedim(-1, 2).float() / 255
        positions = torch.from_numpy(arrays["positions"]).float()
        rules = torch.from_numpy(arrays["rules"])[:, 1:].long()  # none led to the first frame
        return cls(*(part.to(device) for part in (frames, positions, rules, (masks * names).sum(2))))

    def chunks(self, size: int) -> Iterator[Truth]:
        """Some videos after the others."""
        for parts in zip(*(field.split(size) for field in self), strict=True):
            yield Truth(*parts)


class Followed(NamedTuple):
    """What a model makes of videos, for the slots that hold the balls.

    Attributes:
        errors: Squared error of the reconstruction summed over a frame (video, time).
        distances: Of the slots' centres from the balls' (video, time, ball), px.
        modules: What the balls' slots selected (video, time - 1, ball, inner).
        agreement: Foreground ARI of the masks (video, time).
        module_kl: Of the selections, summed over slots and inner steps (video, time - 1), nats.
        update_kl: Of the updates likewise.
    """

    errors: Tensor
    distances: Tensor
    modules: Tensor
    agreement: Tensor
    module_kl: Tensor
    update_kl: Tensor


class Close(NamedTuple):
    """Figures of the frames in which balls are about as close.

    Attributes:
        share: Of all frames.
        agreement: Mean foreground ARI; NaN where there is no such frame, as the error.
        error: Mean squared error summed over a frame.
    """

    share: float
    agreement: float
    error: float


@dataclass(frozen=True)
class Findings:
    """Figures of one model on one set of videos.

    Attributes:
        table: Modules by rules, of moves that were alone between two frames; `None` where none was.
        by_ball: Purity of each ball.
        by_position: Purity in each region of the frame, row by row; NaN where no ball started a move.
        followed: What they are computed from.
        gaps: Distance between the two balls of a frame that are nearest to each other (video, time), px.
    """

    table: RuleTable | None
    by_ball: list[float]
    by_position: list[float]
    followed: Followed
    gaps: Tensor

    def error(self, frames: int) -> Tensor:
        """Mean squared error summed over a frame, over the first `frames`, of each video."""
        return self.followed.errors[:, :frames].mean(1)

    def by_gap(self) -> list[Close]:
        """Figures by how close balls are, in the order of `GAPS`."""
        whole = [(low <= self.gaps) & (self.gaps < high) for low, high in pairwise(GAPS)]
        fields = (self.followed.agreement, self.followed.errors)
        return [Close(float(at.float().mean()), *(float(field[at].mean()) for field in fields)) for at in whole]


def follow(model: VIM, truth: Truth, batch_size: int = 50) -> Followed:
    """What a model makes of videos, with the most likely selections and the updates' means."""
    parts = [_follow(model, chunk) for chunk in truth.chunks(batch_size)]
    return Followed(*(torch.cat(fields) for fields in zip(*parts, strict=True)))


def findings(model: VIM, truth: Truth, batch_size: int = 50) -> Findings:
    """All figures of a model on videos."""
    followed, gaps = follow(model, truth, batch_size), nearest_pair(truth.positions)
    single = truth.rules.shape[-1] == 1 and followed.modules.shape[-1] == 1
    rules, modules = truth.rules[..., 0], followed.modules[..., 0]
    if not single or not (rules >= 0).any():
        return Findings(None, [], [], followed, gaps)
    moved = rules >= 0
    table = match_rules(rules[moved], modules[moved], int(rules.max()) + 1, model.module_count)
    region = regions(truth.positions[:, :-1], truth.frames.shape[-2:])

    def purity(where: Tensor) -> float:
        return table.purity_of(rules[where & moved], modules[where & moved])

    by_ball = [purity(torch.arange(rules.shape[-1]) == ball) for ball in range(rules.shape[-1])]
    return Findings(table, by_ball, [purity(region == r) for r in range(REGIONS**2)], followed, gaps)


def nearest_pair(positions: Tensor) -> Tensor:
    """The least distance (...) between two of the positions (..., object, 2); infinite of one."""
    itself = torch.eye(positions.shape[-2], dtype=torch.bool, device=positions.device)
    return torch.cdist(positions, positions).masked_fill(itself, float("inf")).flatten(-2).amin(-1)


def regions(positions: Tensor, size: torch.Size) -> Tensor:
    """Which of 3x3 equal regions of a frame (height, width) each position (..., 2) is in, counted row by row."""
    height, width = size
    column = (positions[..., 0] * REGIONS / width).long().clamp(0, REGIONS - 1)
    return (positions[..., 1] * REGIONS / height).long().clamp(0, REGIONS - 1) * REGIONS + column


def _follow(model: VIM, truth: Truth) -> Followed:
    told = model.explain(truth.frames)
    rollout = told.rollout
    centres, masks = model.positions(rollout), model.masks(rollout)
    slots = match_slots(centres[:, 0], truth.positions[:, 0])
    errors = (model.reconstruct(truth.frames, told) - truth.frames).square().flatten(2).sum(2)
    distances = (of_objects(centres, slots) - truth.positions).norm(dim=-1)
    modules = of_objects(rollout.beliefs["modules"], slots)[:, 1:]
    agreement = adjusted_rand_index(masks.argmax(2), truth.labels)
    return Followed(errors, distances, modules, agreement, told.module_kl.sum(-1), told.update_kl.sum(-1))
