"""Training a head on random frames of each video, and its answers on new videos.

A head is no world model and reads cached features at random times, not clips, so `worldmodels.training` does not
fit; a step depends on the seed and its number only here as well.
"""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm import tqdm

from worldmodels.evaluation.report.whole import write_whole
from worldmodels.evaluation.snitch.config import FitConfig
from worldmodels.evaluation.snitch.head import SnitchHead
from worldmodels.evaluation.snitch.sources import Source
from worldmodels.evaluation.snitch.world import cater
from worldmodels.training.randomness import DATA, TRAIN, VALIDATE, fold, seed_torch


def fit(
    model: nn.Module,
    source: Source,
    labels: NDArray[np.int64],
    config: FitConfig,
    *,
    state: Path | None = None,
    label: str | None = None,
) -> list[float]:
    """Train a model in place to tell the cell from random frames; it is left in evaluation mode.

    Args:
        model: `forward(inputs, times)` gives logits (batch, cell).
        source: What it reads.
        labels: The right cells (video,).
        config: Settings.
        state: A file from which a training that was cut short goes on.
        label: Of the progress bar; `None` shows none.

    Returns:
        The loss of every step.
    """
    model.to(config.device).train()
    optimizer = torch.optim.Adam(model.parameters())
    losses = [] if state is None else _resume(state, model, optimizer)
    answers = torch.from_numpy(labels).to(config.device)
    bar = tqdm(range(len(losses), config.steps), label, config.steps, initial=len(losses), disable=label is None)
    for step in bar:
        _set_rates(optimizer, config, step / config.steps)
        losses.append(_step(model, optimizer, source, answers, config, step))
        if len(losses) % 20 == 0:
            bar.set_postfix_str(f"loss {np.mean(losses[-20:]):.3f}", refresh=False)
        if state is not None and len(losses) % config.save_every == 0:
            _save(state, model, optimizer, losses)
    model.eval()
    return losses


@torch.no_grad()
def answers(model: nn.Module, source: Source, config: FitConfig) -> NDArray[np.float64]:
    """Probabilities of the cells (video, cell), averaged over crops of random frames."""
    total = []
    for first in range(0, len(source), config.batch_size):
        videos = np.arange(first, min(first + config.batch_size, len(source)))
        rng = np.random.default_rng(fold(config.seed, VALIDATE, first, 0))
        crops = [_read(source, videos, config, rng) for _ in range(config.crops)]
        total.append(torch.stack([model(*crop).softmax(-1) for crop in crops]).mean(0))
    return torch.cat(total).double().cpu().numpy()


def cell_losses(logits: Tensor, cells: Tensor) -> tuple[Tensor, Tensor]:
    """Cross-entropy, and |dx| + |dy| in cells between the expected cell and the right one; means over the batch.

    Args:
        logits: (batch, cell).
        cells: The right ones (batch,).
    """
    places = torch.from_numpy(cater().cell_centres()).to(logits)
    distance = (logits.softmax(-1) @ places - places[cells]).abs().sum(-1)
    return F.cross_entropy(logits, cells), distance.mean()


def _step(
    model: nn.Module, optimizer: torch.optim.Optimizer, source: Source, cells: Tensor, config: FitConfig, step: int
) -> float:
    seed_torch(config.seed, TRAIN, step, 0)
    rng = np.random.default_rng(fold(config.seed, DATA, step, 0))
    videos = rng.choice(len(source), min(config.batch_size, len(source)), replace=False)
    inputs, times = _read(source, videos, config, rng)
    entropy, distance = cell_losses(model(inputs, times), cells[torch.from_numpy(videos)])
    loss = entropy + config.l1 * distance
    if config.masked and isinstance(model, SnitchHead):
        loss = loss + config.masked * model.masked_loss(inputs, times)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def _read(
    source: Source, videos: NDArray[np.int64], config: FitConfig, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Random frames of each video in their order, and their numbers."""
    count = min(config.frames, source.frames)
    times = np.sort(rng.random((len(videos), source.frames)).argsort(1)[:, :count], 1)
    return source.take(videos, times).to(config.device), torch.from_numpy(times).to(config.device)


def _set_rates(optimizer: torch.optim.Optimizer, config: FitConfig, progress: float) -> None:
    share = (1 + math.cos(math.pi * progress)) / 2
    for group in optimizer.param_groups:
        for name, (first, last) in (("lr", config.lr), ("weight_decay", config.decay)):
            group[name] = last + (first - last) * share


def _save(path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, losses: list[float]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "losses": losses}, buffer)
    write_whole(path, buffer.getvalue())


def _resume(path: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> list[float]:
    if not path.is_file():
        return []
    saved = torch.load(path, weights_only=True)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    losses: list[float] = saved["losses"]
    return losses
