"""`WorldModelModule`: a world model as Lightning trains it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import lightning.pytorch as pl
import torch
from torch import Tensor

from worldmodels.batch import Batch
from worldmodels.errors import InputError
from worldmodels.model import WorldModel
from worldmodels.stages import stage_at
from worldmodels.training.config import TrainConfig
from worldmodels.training.errors import DivergedError
from worldmodels.training.objective import objective
from worldmodels.training.optimizer import drop_frozen_gradients, make_optimizer, set_rates
from worldmodels.training.randomness import TRAIN, VALIDATE, seed_torch


class WorldModelModule(pl.LightningModule):
    """Steps, validation, learning rates and logs of one world model.

    Before every step PyTorch's global generators are set from (seed, step, process), and learning rates and stage
    follow from the step's number, so a step depends on weights, moments and its number only. Losses are read
    from the device once every `log_every` steps.

    Args:
        model: The model, heads attached.
        config: Settings.
        provenance: Where model and data come from, in JSON types.
    """

    def __init__(self, model: WorldModel, config: TrainConfig, provenance: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.model, self.config = model, config
        self._provenance = dict(provenance or {})
        self._recent: list[Tensor] = []
        self._names: tuple[str, ...] = ()
        self._held_out: list[dict[str, Tensor]] = []
        self.losses: dict[str, float] = {}

    @property
    def progress(self) -> float:
        """The share of the training that is done."""
        return self.global_step / self.config.steps

    @property
    def provenance(self) -> dict[str, Any]:
        """What a checkpoint of this moment says of itself."""
        return {**self._provenance, "step": self.global_step, "losses": self.losses}

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """The one optimiser; learning rates are set before every step."""
        return make_optimizer(self.model, self.config.optimizer)

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        """Make the step a function of its number."""
        seed_torch(self.config.seed, TRAIN, self.global_step, self.global_rank)
        set_rates(self._optimizer, self.model, self.config.optimizer, self.progress)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """The loss of a batch."""
        terms = objective(self.model, batch, self.progress, self.config.open_loop)
        self._remember(terms)
        return terms["total"]

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Leave out what this stage does not train."""
        drop_frozen_gradients(self._optimizer, self.model, self.progress)

    def on_train_batch_end(self, outputs: Any, batch: Batch, batch_idx: int) -> None:
        """Log every `log_every` steps."""
        if self.global_step % self.config.log_every == 0 or self.global_step == self.config.steps:
            self.read_losses()

    def read_losses(self) -> None:
        """Fetch the losses since the last time, check and log them.

        Raises:
            DivergedError: naming the first term and step that was not finite.
        """
        if not self._recent:
            return
        values = torch.stack(self._recent).float()
        first = self.global_step - len(values) + 1
        self._recent = []
        self._check(values, first)
        self.losses = dict(zip(self._names, values.mean(0).tolist(), strict=True))
        rates = {f"lr/{group['name']}": group["lr"] for group in self._optimizer.param_groups}
        self._log({f"train/{name}": value for name, value in self.losses.items()} | rates)

    def check_weights(self) -> None:
        """Refuse to keep weights that are of no use.

        Raises:
            DivergedError: naming the first tensor with an infinite or undefined number.
        """
        for name, tensor in self.model.state_dict().items():
            if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
                raise DivergedError(f"{name} is not finite after step {self.global_step}")

    def on_validation_epoch_start(self) -> None:
        """Begin anew."""
        self._held_out = []

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Losses on held-out clips, with the same noise each time."""
        seed_torch(self.config.seed, VALIDATE, batch_idx, self.global_rank)
        self._held_out.append(objective(self.model, batch, self.progress, self.config.open_loop))

    def on_validation_epoch_end(self) -> None:
        """Log the mean of every term over the batches and processes."""
        names = tuple(self._held_out[0])
        mean = torch.stack([_stack(terms, names) for terms in self._held_out]).mean(0)
        reduced = self.trainer.strategy.reduce(mean, reduce_op="mean")
        assert isinstance(reduced, Tensor)
        self._log({f"validation/{name}": value for name, value in zip(names, reduced.tolist(), strict=True)})

    @property
    def _optimizer(self) -> torch.optim.Optimizer:
        return self.trainer.optimizers[0]

    def _remember(self, terms: Mapping[str, Tensor]) -> None:
        if "total" not in terms or any(term.ndim for term in terms.values()):
            raise InputError(f"{type(self.model).__name__}.losses must return scalars by name, 'total' among them.")
        names = tuple(sorted(terms))
        if names != self._names:
            # A new stage may have other terms; those of the last steps of the old one are read first.
            self.read_losses()
            self._names = names
        self._recent.append(_stack(terms, names))

    def _check(self, values: Tensor, first: int) -> None:
        bad = (~values.isfinite()).nonzero()
        if len(bad):
            step, term = first + int(bad[0, 0]), self._names[int(bad[0, 1])]
            raise DivergedError(f"loss {term!r} is {values[tuple(bad[0])].item()} at step {step}")

    def _log(self, values: Mapping[str, float]) -> None:
        for logger in self.loggers:
            stage = stage_at(self.model.stages(), self.progress)
            share = {"length": float(stage.length)} if stage.length else {}
            logger.log_metrics({**values, **share}, self.global_step)


def _stack(terms: Mapping[str, Tensor], names: tuple[str, ...]) -> Tensor:
    return torch.stack([terms[name].detach() for name in names])
