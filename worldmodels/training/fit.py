"""`fit`: what is no world model, such as a head or a scorer, trained by Lightning with the same guarantees."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from lightning.pytorch.plugins.io import CheckpointIO
from torch.utils.data import Dataset

from worldmodels.progress import Progress
from worldmodels.training.data import Batches
from worldmodels.training.errors import FitInterrupted
from worldmodels.training.randomness import TRAIN, seed_torch
from worldmodels.training.run import quiet
from worldmodels.training.stop import Stop
from worldmodels.whole import write_file

RECENT = 20  # steps whose mean loss the bar shows


def fit(
    module: pl.LightningModule,
    batch_at: Callable[[int], Any],
    steps: int,
    *,
    seed: int = 0,
    device: str | torch.device = "cpu",
    clip: float | None = None,
    state: Path | None = None,
    save_every: int = 200,
    label: str | None = None,
) -> list[float]:
    """Train a module in place; it is left on the device, in evaluation mode.

    A step depends on weights, moments, the seed and its own number only, so a training that was cut short and called
    again with its file ends as an unbroken one, bit for bit on a CPU.

    Args:
        module: `training_step` gives the loss of a batch, `configure_optimizers` one optimiser, with a schedule or not.
        batch_at: The batch of a step; all that is random in it must follow from the number.
        steps: Of the whole training.
        seed: Of what `training_step` draws from PyTorch's global generators.
        device: Where to train.
        clip: Largest norm of the gradient of all parameters together; `None` leaves it as it is.
        state: The file that an unfinished training is kept in, and goes on from; the caller removes it.
        save_every: Steps from one saved state to the next.
        label: Of the progress bar; `None` shows none.

    Returns:
        The loss of every step, those before a break included.

    Raises:
        FitInterrupted: after SIGINT or SIGTERM; the state is saved where it is kept.
    """
    place, record = torch.device(device), _Record(seed, state, save_every, label)
    module.train()
    with quiet():
        trainer = pl.Trainer(
            accelerator="gpu" if place.type == "cuda" else place.type,
            devices=1 if place.index is None else [place.index],
            max_steps=steps,
            gradient_clip_val=clip,
            callbacks=[record],
            plugins=[_WholeFile()],
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        batches = Batches(_Steps(batch_at), steps, lambda: trainer.global_step)
        trainer.fit(module, batches, ckpt_path=state if state is not None and state.is_file() else None)
    module.to(place).eval()  # Lightning brings it back to the CPU
    return record.losses


class _Steps(Dataset[Any]):
    def __init__(self, batch_at: Callable[[int], Any]) -> None:
        self.batch_at = batch_at

    def __getitem__(self, step: int) -> Any:
        return self.batch_at(step)


class _Record(pl.Callback):
    """Seeds each step, keeps its loss, shows how far the training is, and saves it."""

    def __init__(self, seed: int, state: Path | None, save_every: int, label: str | None) -> None:
        self.losses: list[float] = []
        self._seed, self._state, self._save_every, self._label = seed, state, save_every, label
        self._bar: Any = None
        self._stop = Stop()

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._stop.listen()
        done = trainer.global_step
        self._bar = Progress(None, self._label or "", trainer.max_steps, done=done, show=self._label is not None)

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        seed_torch(self._seed, TRAIN, trainer.global_step, 0)

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self.losses.append(float(outputs["loss"]))
        self._bar.update()
        if len(self.losses) % RECENT == 0:
            self._bar.set_postfix_str(f"loss {sum(self.losses[-RECENT:]) / RECENT:.3f}", refresh=False)
        due = trainer.global_step % self._save_every == 0 or self._stop.received
        if self._state is not None and due:
            trainer.save_checkpoint(self._state)
        if self._stop.received and trainer.global_step < trainer.max_steps:
            raise FitInterrupted(self._stop.received, trainer.global_step, self._state)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._stop.close()

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        self._stop.close()

    def teardown(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        if self._bar is not None:
            self._bar.close()

    def state_dict(self) -> dict[str, Any]:
        return {"losses": self.losses}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.losses = list(state_dict["losses"])


class _WholeFile(CheckpointIO):
    """A state is one file, written whole or not at all, of which nothing but tensors and plain types is read."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        buffer = io.BytesIO()
        torch.save(checkpoint, buffer)
        write_file(Path(path), buffer.getvalue())

    def load_checkpoint(self, path: Any, map_location: Any = None, weights_only: bool | None = None) -> dict[str, Any]:
        loaded: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        return loaded

    def remove_checkpoint(self, path: Any) -> None:
        Path(path).unlink(missing_ok=True)
