"""The scorer: trained on simulated outcomes, it orders candidates by how probable they are to solve a puzzle."""

from __future__ import annotations

import hashlib
import json
import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import lightning.pytorch as pl
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader, IterableDataset
from tqdm.auto import tqdm

from worldmodels_agents.puzzles.config import ScorerConfig
from worldmodels_agents.puzzles.experience import Experience, mirrored, scene_image
from worldmodels_agents.puzzles.network import ScoringNetwork
from worldmodels_envs.phyre.action import valid
from worldmodels_envs.phyre.evaluation import ATTEMPTS
from worldmodels_envs.phyre.tasks import fingerprint, task

Batch = tuple[Tensor, Tensor, Tensor]
SCENES_AT_ONCE = 32


class _Batches(IterableDataset[Batch]):
    """Balanced batches of (scenes, actions, whether they solve); half of the puzzles are mirrored."""

    def __init__(self, experience: Experience, config: ScorerConfig, progress: bool) -> None:
        self._progress = progress
        both = (experience.statuses > 0).any(1) & (experience.statuses < 0).any(1)
        self._experience, self._config = experience[both], config

    def __iter__(self) -> Iterator[Batch]:
        generator = torch.Generator().manual_seed(self._config.seed)
        count, size = len(self._experience.scenes), self._config.batch
        for _ in tqdm(range(self._config.steps), "training the scorer", unit="step", disable=not self._progress):
            some = self._experience[torch.randint(count, (size,), generator=generator)]
            actions, solves = some.balanced(self._config.each, generator)
            which = torch.rand(size, generator=generator) < 0.5
            yield *mirrored(some.scenes, actions, which), solves.float()


class _Module(pl.LightningModule):
    def __init__(self, network: ScoringNetwork, config: ScorerConfig) -> None:
        super().__init__()
        self.network, self.config = network, config

    def training_step(self, batch: Batch, index: int) -> Tensor:
        scenes, actions, solves = batch
        return F.binary_cross_entropy_with_logits(self.network(scenes, actions), solves)

    def configure_optimizers(self) -> dict[str, object]:  # type: ignore[override]
        optimizer = torch.optim.AdamW(self.parameters(), self.config.lr, weight_decay=self.config.weight_decay)
        schedule = OneCycleLR(optimizer, self.config.lr, total_steps=self.config.steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def train_scorer(experience: Experience, config: ScorerConfig, *, progress: bool = True) -> ScoringNetwork:
    """Cross-entropy on balanced batches of simulated outcomes."""
    torch.manual_seed(config.seed)
    network = ScoringNetwork(config.network)
    with _quiet():
        _fit(_Module(network, config), DataLoader(_Batches(experience, config, progress), batch_size=None))
    return network.eval()


def _fit(module: _Module, batches: DataLoader[Batch]) -> None:
    trainer = pl.Trainer(
        accelerator="auto",
        devices=1,
        max_steps=module.config.steps,
        gradient_clip_val=1.0,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(module, batches)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Lightning's notes on hardware, tips, and a loader that needs no workers."""
    logger = logging.getLogger("lightning.pytorch")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*does not have many workers.*")
            # Lightning 2.6 asks PyTorch 2.13 in an old way what a leaf is.
            warnings.filterwarnings("ignore", ".*LeafSpec.*", FutureWarning)
            yield
    finally:
        logger.setLevel(level)


@torch.no_grad()
def rank(
    network: ScoringNetwork, ids: Sequence[str], actions: NDArray[np.float64], config: ScorerConfig
) -> NDArray[np.int64]:
    """The order in which to try candidates.

    Args:
        network: The scorer.
        ids: Puzzles.
        actions: Candidates, (candidate, 3).
        config: How it chooses.

    Returns:
        Indices of candidates that are valid on each puzzle, best first, (puzzle, 100).
    """
    device = next(network.parameters()).device
    candidates = torch.from_numpy(actions).float().to(device)
    orders = []
    for start in range(0, len(ids), SCENES_AT_ONCE):
        some = ids[start : start + SCENES_AT_ONCE]
        scenes = torch.from_numpy(np.stack([scene_image(id) for id in some])).to(device)
        allowed = torch.from_numpy(np.stack([valid(task(id), actions) for id in some])).to(device)
        logits = network.judge(network.encode(scenes), candidates.expand(len(some), -1, -1))
        orders.append(spread_order(logits.masked_fill(~allowed, -torch.inf), candidates, config.apart))
    return torch.cat(orders).cpu().numpy()


def spread_order(logits: Tensor, actions: Tensor, apart: float, count: int = ATTEMPTS) -> Tensor:
    """The best candidates one after the other, each choice lowering its neighbours' logits (puzzle, candidate).

    Returns:
        Indices (puzzle, count).
    """
    worth, places = logits.clone(), actions * actions.new_tensor([255.0, 255.0, 30.0])
    rows, order = torch.arange(len(worth), device=worth.device), []
    for _ in range(min(count, worth.shape[1])):
        best = worth.argmax(1)
        order.append(best)
        if apart > 0:
            near = (places - places[best][:, None]).square().sum(-1) / apart**2
            worth -= torch.exp(-near / 2)
        worth[rows, best] = -torch.inf
    return torch.stack(order, 1)


def save_scorer(network: ScoringNetwork, config: ScorerConfig, ids: Sequence[str], path: Path) -> None:
    """Keep a scorer in a file of tensors, with the settings and the training puzzles that it belongs to."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    save_file(tensors, path, metadata={"belongs": _belonging(config, ids)})


def load_scorer(config: ScorerConfig, ids: Sequence[str], path: Path) -> ScoringNetwork | None:
    """The scorer of a file; `None` where it is missing or of other settings or training puzzles."""
    if not path.exists():
        return None
    with safe_open(path, "pt") as file:
        if (file.metadata() or {}).get("belongs") != _belonging(config, ids):
            return None
        network = ScoringNetwork(config.network)
        network.load_state_dict({name: file.get_tensor(name) for name in file.keys()})
    return network.eval()


def _belonging(config: ScorerConfig, ids: Sequence[str]) -> str:
    """What a kept scorer has to agree in; how it chooses is not among it."""
    settings = {name: value for name, value in asdict(config).items() if name != "apart"}
    puzzles = hashlib.sha256(" ".join([fingerprint(), *ids]).encode()).hexdigest()
    return json.dumps({"puzzles": puzzles, **settings}, sort_keys=True)
