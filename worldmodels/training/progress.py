"""The progress bar of a training: steps done of all, time left, loss."""

from __future__ import annotations

from typing import Any

import lightning.pytorch as pl
from lightning.pytorch.callbacks import ProgressBar

from worldmodels.progress import Progress
from worldmodels.training.module import WorldModelModule


class StepBar(ProgressBar):
    """One bar over the whole training; a resumed one begins where it is and reckons the time left from there."""

    def __init__(self) -> None:
        super().__init__()
        self._bar: Any = None
        self._enabled = True

    def disable(self) -> None:
        """Show nothing, as on all processes but the first."""
        self._enabled = False

    def enable(self) -> None:
        """Show the bar."""
        self._enabled = True

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Show how far it is."""
        total, done = trainer.max_steps, trainer.global_step
        self._bar = Progress(label="training", total=total, done=done, show=self._enabled)

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *_: Any) -> None:
        """One step more."""
        self._bar.update()
        assert isinstance(pl_module, WorldModelModule)
        if trainer.global_step % pl_module.config.log_every == 1:
            totals = [f"{loss:.4g}" for name, loss in pl_module.losses.items() if name.split("/")[-1] == "total"]
            self._bar.set_postfix_str(f"loss {', '.join(totals)}" if totals else "", refresh=False)

    def teardown(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Leave the last state on the screen."""
        if self._bar is not None:
            self._bar.close()
