"""Checkpoints of a training: whole folders, every so many steps and when it is told to stop."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from lightning.pytorch.plugins.io import CheckpointIO

from worldmodels import checkpoints as store
from worldmodels.training.errors import TrainingInterrupted
from worldmodels.training.module import WorldModelModule
from worldmodels.training.stop import Stop
from worldmodels.whole import sweep

FOLDER = "checkpoints"
CURRENT = "current_model_state"
_PREFIX = "model."


class FolderIO(CheckpointIO):
    """Lightning's checkpoints as this library's folders.

    Args:
        module: Whose model and provenance are saved.
    """

    def __init__(self, module: WorldModelModule) -> None:
        self.module = module

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Write a folder; only weights that Lightning hands from process to process are a plain file."""
        if "optimizer_states" not in checkpoint:
            torch.save(checkpoint, path)
            return
        kept = {name: value for name, value in checkpoint.items() if name not in ("state_dict", CURRENT)}
        # Weight averaging puts the average in the weights' place, and these under a name of their own.
        average = _named(checkpoint["state_dict"]) if CURRENT in checkpoint else None
        store.save(self.module.model, path, provenance=self.module.provenance, training=kept, average=average)

    def load_checkpoint(self, path: Any, map_location: Any = None, weights_only: bool | None = None) -> dict[str, Any]:
        """What was saved; nothing but tensors and plain types is read."""
        folder = Path(path)
        if folder.is_file():
            weights: dict[str, Any] = torch.load(folder, map_location="cpu", weights_only=True)
            return weights
        training = store.read_training(folder)
        weights = _prefixed(store.read_weights(folder / store.WEIGHTS))
        if not (folder / store.AVERAGE).is_file():
            return {**training, "state_dict": weights}
        average = _prefixed(store.read_weights(folder / store.AVERAGE))
        return {**training, "state_dict": average, CURRENT: weights}

    def remove_checkpoint(self, path: Any) -> None:
        """Hide it first, so that a kill leaves nothing that looks whole."""
        folder = Path(path)
        if folder.is_dir():
            folder = folder.rename(folder.with_name(f".{folder.name}.removed"))
            shutil.rmtree(folder)
        else:
            folder.unlink(missing_ok=True)


class SaveSteps(pl.Callback):
    """Saves every so many steps, after the last one, and when SIGINT or SIGTERM asks to stop.

    A signal is heeded after the step at hand, so that what is saved is a step's end and nothing in between; a second
    one stops at once.

    Args:
        out: The run's folder.
        every: Steps from one checkpoint to the next.
        keep: How many stay.
    """

    def __init__(self, out: Path, every: int, keep: int) -> None:
        self.folder, self.every, self.keep = out / FOLDER, every, keep
        self._stop = Stop()

    def on_fit_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Clear away what a kill left half done."""
        if trainer.is_global_zero:
            sweep(self.folder)
            for removed in self.folder.glob(".step-*.removed"):
                shutil.rmtree(removed, ignore_errors=True)

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Listen to signals."""
        self._stop.listen()

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Save where it is due.

        Raises:
            TrainingInterrupted: after saving, where a signal asked to stop.
        """
        assert isinstance(pl_module, WorldModelModule)
        step = trainer.global_step
        stop = self._told_to_stop(trainer, step % pl_module.config.log_every == 0)
        if stop or step % self.every == 0 or step == trainer.max_steps:
            folder = self._save(trainer, pl_module)
            if stop and step != trainer.max_steps:
                raise TrainingInterrupted(self._stop.received or signal.SIGTERM, step, folder)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Signals mean again what they meant before."""
        self._stop.close()

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        """As at the end."""
        # Before Lightning restores what it replaced itself: else its handler, which swallows SIGTERM, would stay.
        self._stop.close()

    def _told_to_stop(self, trainer: pl.Trainer, ask: bool) -> bool:
        """Whether any process was; asking the others takes time, so that is done now and then."""
        if trainer.world_size == 1:
            return bool(self._stop.received)
        return ask and trainer.strategy.reduce_boolean_decision(bool(self._stop.received), all=False)

    def _save(self, trainer: pl.Trainer, pl_module: WorldModelModule) -> Path:
        pl_module.read_losses()
        pl_module.check_weights()
        folder = self.folder / f"step-{trainer.global_step:08d}"
        trainer.save_checkpoint(folder)
        if trainer.is_global_zero:
            for old in sorted(self.folder.glob("step-*"))[: -self.keep]:
                trainer.strategy.remove_checkpoint(old)
        return folder


def _prefixed(weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """A model's weights as the module that Lightning trains names them."""
    return {f"{_PREFIX}{name}": tensor for name, tensor in weights.items()}


def _named(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name.removeprefix(_PREFIX): tensor for name, tensor in state.items()}
