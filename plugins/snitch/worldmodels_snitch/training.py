"""How a network learns to tell the snitch's cell from random frames of a video, and what it answers."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, TypeAlias

import lightning.pytorch as pl
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from worldmodels.training.fit import fit
from worldmodels.training.randomness import DATA, VALIDATE, fold
from worldmodels_envs.cater import cell_centres
from worldmodels_snitch.config import FitConfig
from worldmodels_snitch.head import SnitchHead
from worldmodels_snitch.inputs import FrameInputs

Batch: TypeAlias = tuple[Tensor, Tensor, Tensor]
"""Inputs (batch, frame, ...), the frames' numbers (batch, frame), and the right cells (batch,)."""


class CellModule(pl.LightningModule):
    """The loss and the rates of Appendix B.3 of the INFERNO chapter.

    Args:
        network: `forward(inputs, times)` gives logits (batch, cell).
        config: Settings.
    """

    def __init__(self, network: nn.Module, config: FitConfig) -> None:
        super().__init__()
        self.network, self.config = network, config

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Cross-entropy, distance, and the masked-object loss where it has a weight and the network has slots."""
        inputs, times, cells = batch
        entropy, distance = cell_losses(self.network(inputs, times), cells)
        loss = entropy + self.config.l1 * distance
        if self.config.masked and isinstance(self.network, SnitchHead):
            loss = loss + self.config.masked * self.network.masked_loss(inputs, times)
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Adam, whose rates are set before every step."""
        return torch.optim.Adam(self.network.parameters())

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        """Learning rate and weight decay go from first to last on half a cosine."""
        optimizer = self.trainer.optimizers[0]
        share = (1 + math.cos(math.pi * self.global_step / self.config.steps)) / 2
        for group in optimizer.param_groups:
            for name, (first, last) in (("lr", self.config.lr), ("weight_decay", self.config.decay)):
                group[name] = last + (first - last) * share


def train_network(
    network: nn.Module,
    inputs: FrameInputs,
    labels: NDArray[np.int64],
    config: FitConfig,
    *,
    state: Path | None = None,
    label: str | None = None,
) -> list[float]:
    """Train a network in place; it is left in evaluation mode.

    Args:
        network: `forward(inputs, times)` gives logits (batch, cell).
        inputs: What it reads.
        labels: The right cells (video,).
        config: Settings.
        state: A file from which a training that was cut short goes on.
        label: Of the progress bar; `None` shows none.

    Returns:
        The loss of every step.
    """
    cells = torch.from_numpy(labels)

    def batch_at(step: int) -> Batch:
        rng = np.random.default_rng(fold(config.seed, DATA, step, 0))
        videos = rng.choice(len(inputs), min(config.batch_size, len(inputs)), replace=False)
        return (*_random_frames(inputs, videos, config, rng), cells[torch.from_numpy(videos)])

    settings: dict[str, Any] = {"seed": config.seed, "device": config.device, "save_every": config.save_every}
    return fit(CellModule(network, config), batch_at, config.steps, state=state, label=label, **settings)


@torch.no_grad()
def answer(network: nn.Module, inputs: FrameInputs, config: FitConfig) -> NDArray[np.float64]:
    """Probabilities of the cells (video, cell), averaged over crops of random frames."""
    total = []
    for first in range(0, len(inputs), config.batch_size):
        videos = np.arange(first, min(first + config.batch_size, len(inputs)))
        rng = np.random.default_rng(fold(config.seed, VALIDATE, first, 0))
        crops = [_random_frames(inputs, videos, config, rng) for _ in range(config.crops)]
        logits = [network(read.to(config.device), times.to(config.device)) for read, times in crops]
        total.append(torch.stack([some.softmax(-1) for some in logits]).mean(0))
    return torch.cat(total).double().cpu().numpy()


def cell_losses(logits: Tensor, cells: Tensor) -> tuple[Tensor, Tensor]:
    """Cross-entropy, and |dx| + |dy| in cells between the expected cell and the right one; means over the batch.

    Args:
        logits: (batch, cell).
        cells: The right ones (batch,).
    """
    places = torch.from_numpy(cell_centres()).to(logits)
    distance = (logits.softmax(-1) @ places - places[cells]).abs().sum(-1)
    return F.cross_entropy(logits, cells), distance.mean()


def _random_frames(
    inputs: FrameInputs, videos: NDArray[np.int64], config: FitConfig, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Random frames of each video in their order, and their numbers."""
    count = min(config.frames, inputs.frames)
    times = np.sort(rng.random((len(videos), inputs.frames)).argsort(1)[:, :count], 1)
    return inputs.take(videos, times), torch.from_numpy(times)
