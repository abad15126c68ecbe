"""The head of the INFERNO and Aloe rows: a transformer over the slots or features of some frames."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from worldmodels.config import Settings
from worldmodels.errors import InputError
from worldmodels.limits import Limit, Width


@dataclass(frozen=True)
class SnitchHeadConfig(Settings):
    """The papers' sizes.

    Attributes:
        layers: Transformer layers.
        width: Of a token.
        heads: Attention heads.
    """

    layers: Annotated[int, Limit(1, 64)] = 12
    width: Width = 128
    heads: Annotated[int, Limit(1, 64)] = 8

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.width % self.heads:
            raise InputError(f"width {self.width} is no multiple of the {self.heads} attention heads.")


class SnitchHead(nn.Module):
    """Scores of the cells from the slots of some frames.

    Each slot of each frame is a token; a learned embedding of its frame's number is added, the same for all slots of
    a frame. What the first token, which belongs to no frame, has become is read by a network with one hidden layer.
    Inputs are standardised with the mean and deviation that `standardise` is given.

    Args:
        config: Sizes.
        shape: Slots of a frame, 1 for plain features, and their width.
        frames: Frames of a video.
        cells: How many cells there are.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, config: SnitchHeadConfig, shape: tuple[int, int], frames: int, cells: int) -> None:
        super().__init__()
        width = config.width
        self.slots, features = shape
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("std", torch.ones(features))
        self.embed = nn.Linear(features, width)
        self.times = nn.Embedding(frames, width)
        self.question = nn.Parameter(torch.zeros(width))
        self.masked = nn.Parameter(torch.zeros(width))
        layer = nn.TransformerEncoderLayer(
            width, config.heads, 4 * width, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )
        norm = nn.LayerNorm(width)
        self.transformer = nn.TransformerEncoder(layer, config.layers, norm, enable_nested_tensor=False)
        self.answer = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, cells))
        self.restore = nn.Linear(width, features)
        for parameter in (self.question, self.masked):
            nn.init.normal_(parameter, std=0.02)
        self.times.weight.data.copy_(waves(frames, width))

    def standardise(self, mean: NDArray[Any], std: NDArray[Any]) -> None:
        """Bring inputs to mean 0 and deviation 1, given both of each feature (feature,); constant ones stay small."""
        self.mean.copy_(torch.from_numpy(mean))
        self.std.copy_(torch.from_numpy(np.where(std > 1e-6, std, 1.0)))

    def forward(self, inputs: Tensor, times: Tensor) -> Tensor:
        """Logits (batch, cell) from inputs (batch, frame, slot, feature) and the frames' numbers (batch, frame)."""
        tokens = self.embed(self._standard(inputs))
        logits: Tensor = self.answer(self._attend(tokens, times)[:, 0])
        return logits

    def masked_loss(self, inputs: Tensor, times: Tensor) -> Tensor:
        """Squared error of one random slot of each frame, told from all the others (Ding et al., 2020).

        Raises:
            InputError: where a frame has one slot, so that nothing of it would be left.
        """
        if self.slots < 2:
            raise InputError("the masked-object loss needs slots; these frames have one feature vector each.")
        standard = self._standard(inputs)
        chosen = torch.rand(inputs.shape[:3], device=inputs.device).argmax(2, keepdim=True)
        hidden = torch.zeros(inputs.shape[:3], dtype=torch.bool, device=inputs.device).scatter_(2, chosen, True)
        tokens = torch.where(hidden.unsqueeze(-1), self.masked, self.embed(standard))
        restored = self.restore(self._attend(tokens, times)[:, 1:]).unflatten(1, hidden.shape[1:])
        return F.mse_loss(restored[hidden], standard[hidden])

    def _standard(self, inputs: Tensor) -> Tensor:
        return (inputs - self.mean) / self.std

    def _attend(self, tokens: Tensor, times: Tensor) -> Tensor:
        placed = (tokens + self.times(times).unsqueeze(2)).flatten(1, 2)
        question = self.question.expand(len(placed), 1, -1)
        seen: Tensor = self.transformer(torch.cat([question, placed], 1))
        return seen


def waves(frames: int, width: int) -> Tensor:
    """Sines and cosines of the frames' numbers (frame, width), of periods from the whole video down to two frames.

    Neighbouring frames begin alike, so that few videos suffice to learn what is early and what is late.
    """
    periods = torch.logspace(math.log10(4 * frames), math.log10(2), (width + 1) // 2)
    angles = 2 * math.pi * torch.arange(frames).unsqueeze(1) / periods
    return torch.stack([angles.sin(), angles.cos()], -1).flatten(1)[:, :width]
