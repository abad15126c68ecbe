"""`WorldModelModule`: a world model as Lightning trains it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import lightning.pytorch as pl
import torch
from torch import Tensor

from worldmodels.batch import Batch
from worldmodels.errors import InputError
from worldmodels.model import WorldModel
from worldmodels.stages import Moment, Stage, StagePlan
from worldmodels.training.config import TrainConfig
from worldmodels.training.data import ClipData
from worldmodels.training.errors import DivergedError
from worldmodels.training.objective import objective
from worldmodels.training.optimizer import (
    clip_gradients,
    drop_resting_gradients,
    let_rest,
    make_optimizer,
    set_modes,
    set_rates,
)
from worldmodels.training.randomness import PREPARE, TRAIN, VALIDATE, seed_torch


class WorldModelModule(pl.LightningModule):
    """Steps, validation, learning rates and logs of one world model.

    Before every step PyTorch's global generators are set from (seed, step, process), and learning rates, stage and
    turn follow from the step's number, so a step depends on weights, moments and its number only. Losses are read
    from the device once every `log_every` steps.

    Args:
        model: The model, heads attached.
        config: Settings.
        plan: When each of the model's stages begins.
        provenance: Where model and data come from, in JSON types.
        prepare: Whether the model looks at data before the first step.
    """

    def __init__(
        self,
        model: WorldModel,
        config: TrainConfig,
        plan: StagePlan | None = None,
        provenance: Mapping[str, Any] | None = None,
        prepare: bool = True,
    ) -> None:
        super().__init__()
        self.model, self.config, self._prepares = model, config, prepare
        self.plan = plan or StagePlan.lay(model.stages, config.steps)
        self._stage: Stage | None = None
        self.facts = dict(provenance or {})
        self._recent: dict[tuple[str, ...], list[tuple[int, Tensor]]] = {}
        self._held_out: list[dict[str, Tensor]] = []
        self.losses: dict[str, float] = {}

    @property
    def moment(self) -> Moment:
        """Where the training is."""
        return self.plan.moment(self.global_step)

    @property
    def provenance(self) -> dict[str, Any]:
        """What a checkpoint of this moment says of itself."""
        plan = self.plan.to_json()
        return {**self.facts, "step": self.global_step, "plan": plan, "losses": self.losses}

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """The one optimiser; learning rates are set before every step."""
        return make_optimizer(self.model, self.config.optimizer)

    def on_train_start(self) -> None:
        """Before the very first step, let the model look at data: the same on every process, so that all agree."""
        data = getattr(self.trainer, "datamodule", None)
        if self._prepares and self.global_step == 0 and isinstance(data, ClipData):
            seed_torch(self.config.seed, PREPARE, 0, 0)
            with torch.no_grad():
                self.model.prepare(data.first_batch())

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        """Make the step a function of its number."""
        seed_torch(self.config.seed, TRAIN, self.global_step, self.global_rank)
        set_rates(self._optimizer, self.config.optimizer, self.plan, self.global_step)
        stage = self.plan.stage(self.global_step)
        # Walking all modules and parameters is felt in the step of a small model.
        if stage is not self._stage:
            self._stage = stage
            set_modes(self.model, stage)
        let_rest(self._optimizer, stage, self.moment.turn)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """The loss of a batch."""
        terms = objective(self.model, batch, self.moment, self.config.open_loop)
        if "total" not in terms or any(term.ndim for term in terms.values()):
            raise InputError(f"{type(self.model).__name__}.losses must return scalars by name, 'total' among them.")
        named = _of_turn(terms, self.moment.turn)
        names = tuple(sorted(named))
        # Kept on the device: reading a number would wait for the step to end, every step.
        self._recent.setdefault(names, []).append((self.global_step + 1, _stack(named, names)))
        return terms["total"]

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Leave out what does not learn in this turn; several processes may have filled it with zeros."""
        drop_resting_gradients(self._optimizer, self.plan.stage(self.global_step), self.moment.turn)

    def configure_gradient_clipping(self, optimizer: torch.optim.Optimizer, *_: Any, **__: Any) -> None:
        """Clip as the groups and the settings say."""
        clip_gradients(self._optimizer, self.config.optimizer)

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
        losses: dict[str, float] = {}
        for names, entries in self._recent.items():
            values = torch.stack([value for _, value in entries]).float()
            self._check(names, [step for step, _ in entries], values)
            losses |= dict(zip(names, values.mean(0).tolist(), strict=True))
        self._recent, self.losses = {}, losses
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
        """Forget the last validation."""
        self._held_out = []

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Losses on held-out clips, with the same noise each time."""
        seed_torch(self.config.seed, VALIDATE, batch_idx, self.global_rank)
        terms: dict[str, Tensor] = {}
        for turn in dict.fromkeys(self.plan.stage(self.global_step).turns) or (None,):
            moment = replace(self.moment, turn=turn)
            # What a turn does not train it need not compute: each turn says its own terms.
            terms |= _of_turn(objective(self.model, batch, moment, self.config.open_loop), turn)
        self._held_out.append(terms)

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

    def _check(self, names: tuple[str, ...], steps: list[int], values: Tensor) -> None:
        bad = (~values.isfinite()).nonzero()
        if len(bad):
            row, term = int(bad[0, 0]), names[int(bad[0, 1])]
            raise DivergedError(f"loss {term!r} is {values[tuple(bad[0])].item()} at step {steps[row]}")

    def _log(self, values: Mapping[str, float]) -> None:
        for logger in self.loggers:
            stage = self.plan.stage(self.global_step)
            share = {"length": float(stage.length)} if stage.length else {}
            logger.log_metrics({**values, **share}, self.global_step)


def _stack(terms: Mapping[str, Tensor], names: tuple[str, ...]) -> Tensor:
    return torch.stack([terms[name].detach() for name in names])


def _of_turn(terms: Mapping[str, Tensor], turn: str | None) -> dict[str, Tensor]:
    """Terms named for the turn that they are of, where there are turns."""
    return dict(terms) if turn is None else {f"{turn}/{name}": term for name, term in terms.items()}
