"""`CellLearner`: one network that learns the task; what it cost to learn is never lost."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from worldmodels.training.randomness import TRAIN, seed_torch
from worldmodels.whole import write_file
from worldmodels_snitch.config import FitConfig
from worldmodels_snitch.inputs import FrameInputs
from worldmodels_snitch.training import answer, train_network


class CellAnswers(NamedTuple):
    """What a predictor says of the test videos.

    Attributes:
        scores: (video, cell), the higher, the likelier.
        losses: The loss of every training step; empty for what does not learn.
    """

    scores: NDArray[np.float64]
    losses: list[float]


@dataclass(frozen=True)
class CellLearner:
    """A network, what it reads, and how it is trained.

    Attributes:
        make: A fresh network, from PyTorch's global generator.
        settings: Its sizes, in JSON types.
        train: What it learns from.
        test: What it is asked about.
        labels: The right cells of the training videos.
        config: How it is trained and asked.
    """

    make: Callable[[], nn.Module]
    settings: Any
    train: FrameInputs
    test: FrameInputs
    labels: NDArray[np.int64]
    config: FitConfig

    def answers(self, folder: Path, label: str | None = None) -> CellAnswers:
        """Train and ask; where the folder has the same learner, go on with it, or read its answers.

        Args:
            folder: Where unfinished networks and answers are kept.
            label: Of the progress bar; `None` shows none.
        """
        path = folder / f"{self.key}.npz"
        if path.is_file():
            with np.load(path) as saved:
                return CellAnswers(saved["scores"], saved["losses"].tolist())
        state = path.with_suffix(".ckpt")
        seed_torch(self.config.seed, TRAIN, 0, 1)
        network = self.make()
        losses = train_network(network, self.train, self.labels, self.config, state=state, label=label)
        learned = CellAnswers(answer(network, self.test, self.config), losses)
        buffer = io.BytesIO()
        np.savez(buffer, **learned._asdict())
        write_file(path, buffer.getvalue())
        state.unlink(missing_ok=True)
        return learned

    @property
    def key(self) -> str:
        """A name for everything that the answers depend on."""
        facts = [self.settings, asdict(self.config), self.train.identity, self.test.identity, self.labels.tolist()]
        return hashlib.sha256(json.dumps([*facts, torch.__version__]).encode()).hexdigest()[:16]
