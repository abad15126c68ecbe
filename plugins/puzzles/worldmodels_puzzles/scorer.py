"""The scorer: trained on simulated outcomes, it orders candidates by how probable they are to solve a puzzle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias

import lightning.pytorch as pl
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.torch import load_file, save
from torch import Tensor
from torch.optim.lr_scheduler import OneCycleLR

from worldmodels.training.fit import fit
from worldmodels.training.randomness import DATA, fold
from worldmodels.whole import write_file
from worldmodels_envs.phyre.action import valid
from worldmodels_envs.phyre.evaluation import ATTEMPTS
from worldmodels_envs.phyre.tasks import fingerprint, task
from worldmodels_puzzles.attempts import Attempts, mirrored, scene_image
from worldmodels_puzzles.config import ScorerConfig
from worldmodels_puzzles.scoring_network import ScoringNetwork

Batch: TypeAlias = tuple[Tensor, Tensor, Tensor]
"""Scenes (puzzle, 64, 64), actions (puzzle, action, 3), and whether they solve (puzzle, action)."""
SCENES_AT_ONCE = 32


class ScorerModule(pl.LightningModule):
    """Cross-entropy, AdamW and one cycle of the learning rate.

    Args:
        network: What is trained.
        config: Settings.
    """

    def __init__(self, network: ScoringNetwork, config: ScorerConfig) -> None:
        super().__init__()
        self.network, self.config = network, config

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """How surprising it is which actions solve."""
        scenes, actions, solves = batch
        return F.binary_cross_entropy_with_logits(self.network(scenes, actions), solves)

    def configure_optimizers(self) -> Any:
        """AdamW, its rate scheduled step by step."""
        optimizer = torch.optim.AdamW(self.network.parameters(), self.config.lr, weight_decay=self.config.weight_decay)
        schedule = OneCycleLR(optimizer, self.config.lr, total_steps=self.config.steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def train_scorer(
    attempts: Attempts, config: ScorerConfig, *, device: str = "cpu", state: Path | None = None, progress: bool = True
) -> ScoringNetwork:
    """Train on balanced batches of simulated outcomes, half of the puzzles of a batch mirrored.

    Args:
        attempts: What came of actions; puzzles that none, or every one, of them solves are left out.
        config: Settings.
        device: Where to train.
        state: A file from which a training that was cut short goes on.
        progress: Whether to show a bar.
    """
    torch.manual_seed(config.seed)
    network = ScoringNetwork(config.network)
    both = (attempts.statuses > 0).any(1) & (attempts.statuses < 0).any(1)
    usable = attempts[both]

    def batch_at(step: int) -> Batch:
        seed = int(fold(config.seed, DATA, step, 0).generate_state(1, np.uint64)[0] >> 1)
        generator = torch.Generator().manual_seed(seed)
        some = usable[torch.randint(len(usable.scenes), (config.batch,), generator=generator)]
        actions, solves = some.balanced(config.each, generator)
        which = torch.rand(config.batch, generator=generator) < 0.5
        return (*mirrored(some.scenes, actions, which), solves.float())

    label = "training the scorer" if progress else None
    options: dict[str, Any] = {"seed": config.seed, "device": device, "clip": 1.0, "state": state, "label": label}
    fit(ScorerModule(network, config), batch_at, config.steps, **options)
    return network


def stored_scorer(
    folder: Path,
    ids: Sequence[str],
    config: ScorerConfig,
    attempts: Callable[[], Attempts],
    *,
    device: str = "cpu",
    progress: bool = True,
) -> ScoringNetwork:
    """The scorer of settings and training puzzles, from the folder, or trained now and kept there.

    Args:
        folder: Where scorers are, in files named for what they depend on; an unfinished training goes on.
        ids: Training puzzles.
        config: Settings; how the scorer chooses is not among what it depends on.
        attempts: Makes the training data where it has to be trained.
        device: Where to train.
        progress: Whether to show a bar.
    """
    settings = {name: value for name, value in asdict(config).items() if name != "apart"}
    facts = json.dumps([fingerprint(), list(ids), settings], sort_keys=True)
    path = folder / f"{hashlib.sha256(facts.encode()).hexdigest()[:16]}.safetensors"
    if path.is_file():
        network = ScoringNetwork(config.network)
        network.load_state_dict(load_file(path))
        return network.to(device).eval()
    state = path.with_suffix(".ckpt")
    network = train_scorer(attempts(), config, device=device, state=state, progress=progress)
    write_file(path, save({name: tensor.contiguous() for name, tensor in network.state_dict().items()}))
    state.unlink(missing_ok=True)
    return network


@torch.no_grad()
def rank(network: ScoringNetwork, ids: Sequence[str], actions: NDArray[np.float64], apart: float) -> NDArray[np.int64]:
    """The order in which to try candidates.

    Args:
        network: The scorer.
        ids: Puzzles.
        actions: CandidateActions, (candidate, 3).
        apart: Pixels within which a candidate loses worth once another has been chosen.

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
        orders.append(spread_order(logits.masked_fill(~allowed, -torch.inf), candidates, apart))
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
