"""Clips for training: the batch of a step is a function of the seed, the step and the process alone."""

from __future__ import annotations

import signal
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from worldmodels.abilities import AnyTime
from worldmodels.actions import ActionCodec
from worldmodels.batch import Batch
from worldmodels.data import Clips, ClipSampler
from worldmodels.data.frames import to_float
from worldmodels.data.store import Episodes
from worldmodels.errors import InputError
from worldmodels.heads import check_targets
from worldmodels.model import WorldModel
from worldmodels.stages import Stage, StagePlan
from worldmodels.training.config import TrainConfig
from worldmodels.training.randomness import DATA, HELD_OUT, SPLIT, fold


@dataclass(frozen=True)
class Lengths:
    """Frames of the clips over the training.

    Attributes:
        plan: When each stage begins.
        otherwise: Where a stage does not say.
        span: Frames of the windows that sparse clips are drawn from.
        least: Frames that an episode shorter than a clip needs to be padded; `None` to leave such episodes out.
    """

    plan: StagePlan
    otherwise: int
    span: int | None = None
    least: int | None = None

    @classmethod
    def of(cls, model: WorldModel, config: TrainConfig, plan: StagePlan) -> Lengths:
        """The lengths that a model and the settings ask for.

        Raises:
            InputError: for sparse clips and a model that does not imagine any time, and for clips that are too short.
        """
        if config.span is not None and not (isinstance(model, AnyTime) and model.sparse):
            raise InputError(
                f"span={config.span} given, but {type(model).__name__} learns on frames that follow one another; only "
                "models with the ability AnyTime that say `sparse` learn on others."
            )
        pads = config.span is None and (model.weighted if config.pad is None else config.pad)
        least = max(2, model.minimum_frames) if pads else None
        lengths = cls(plan, config.length or max(10, model.minimum_frames), config.span, least)
        if (shortest := min(lengths.all())) < model.minimum_frames:
            raise InputError(
                f"clips of length={shortest} are too short; {type(model).__name__} with these settings learns on at "
                f"least {model.minimum_frames} frames."
            )
        return lengths

    def at(self, step: int) -> int:
        """The length at a step."""
        return self.plan.stage(step).length or self.otherwise

    def all(self) -> set[int]:
        """Every length that will occur."""
        return {stage.length or self.otherwise for stage in self.plan.stages}


class StepBatches(Dataset[Batch]):
    """The batch of every step; frames are still bytes (batch, time, height, width, channel).

    Args:
        stores: Clips are drawn evenly from the windows of all of them together.
        codec: Encodes the actions.
        lengths: Frames of the clips.
        columns: What to read beside the frames.
        batch_size: Clips of a batch.
        seed: Of the training.
        purpose: Sets batches for training and for validation apart.
        rank: The process.
        rare: Share of the clips drawn from those with a rare reward or a termination.
    """

    def __init__(
        self,
        stores: Sequence[Episodes],
        codec: ActionCodec,
        lengths: Lengths,
        columns: Collection[str],
        batch_size: int,
        seed: int,
        purpose: int = DATA,
        rank: int = 0,
        rare: float = 0.0,
    ) -> None:
        self.rare = rare
        self.stores, self.codec, self.lengths = stores, codec, lengths
        self.columns, self.batch_size = columns, batch_size
        self._key = (seed, purpose, rank)
        self._samplers = {length: self._sampler(length) for length in lengths.all()}

    def __getitem__(self, step: int) -> Batch:
        seed, purpose, rank = self._key
        rng = np.random.default_rng(fold(seed, purpose, step, rank))
        samplers = self._samplers[self.lengths.at(step)]
        # Every window of all stores is as likely as any other: a long store is drawn from more often.
        windows = np.array([len(sampler) for sampler in samplers], np.float64)
        counts = rng.multinomial(self.batch_size, windows / windows.sum())
        drawn = [s.sample(int(n), rng) for s, n in zip(samplers, counts, strict=True) if n]
        return _join([_to_batch(clips, self.codec) for clips in drawn])

    def _sampler(self, length: int) -> list[ClipSampler]:
        given: dict[str, Any] = {"least": self.lengths.least, "rare": self.rare}
        return [ClipSampler(store, length, self.columns, self.lengths.span, **given) for store in self.stores]


class Batches:
    """What Lightning iterates: its length is the whole training's, and it begins at the step that is due.

    Args:
        dataset: The batch of every step.
        steps: How many there are.
        first: Which one is due when iteration begins.
        workers: Processes that fetch ahead.
        pin: Whether batches go to pinned memory.
    """

    def __init__(
        self, dataset: Dataset[Any], steps: int, first: Callable[[], int], workers: int = 0, pin: bool = False
    ) -> None:
        self.dataset, self.steps, self.first, self.workers, self.pin = dataset, steps, first, workers, pin

    def __len__(self) -> int:
        return self.steps

    def __iter__(self) -> Iterator[Any]:
        due = range(self.first(), self.steps)
        if not self.workers:
            return map(self.dataset.__getitem__, due)
        return iter(
            DataLoader(
                self.dataset,
                # An item is a batch already.
                batch_size=None,
                # The sampler's numbers are steps; which clips these are, the data set decides.
                sampler=due,
                num_workers=self.workers,
                pin_memory=self.pin,
                # Not a lambda: workers that are spawned get it pickled.
                collate_fn=_same,
                worker_init_fn=_leave_signals_to_the_parent,
            )
        )

    def state_dict(self) -> dict[str, Any]:
        """Nothing: the step says all; Lightning asks loaders that can resume for it."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing, as `state_dict`."""


class ClipData(pl.LightningDataModule):
    """Training and held-out clips of one or more stores.

    Args:
        stores: Episodes of one world.
        model: Which frames and actions it takes, how long its clips are, what its heads learn.
        config: Settings.
        plan: When each of the model's stages begins.
    """

    def __init__(
        self, stores: Sequence[Episodes], model: WorldModel, config: TrainConfig, plan: StagePlan | None = None
    ) -> None:
        super().__init__()
        self.config, self._codec, self._heads = config, model.codec, model.heads
        self._lengths = Lengths.of(model, config, plan or StagePlan.lay(model.stages, config.steps))
        self._columns = _columns(stores, model, config)
        self._stores = list(stores)
        if config.rare and not model.weighted:
            raise InputError(
                f"rare={config.rare} given, but {type(model).__name__} does not weigh frames; leave it out."
            )

    @cached_property
    def parts(self) -> tuple[list[Episodes], list[Episodes]]:
        """Episodes for training and for validation."""
        if not self.config.held_out:
            return self._stores, []
        seeds = np.random.SeedSequence((self.config.seed, SPLIT)).generate_state(len(self._stores))
        pairs = [s.split(self.config.held_out, int(n)) for s, n in zip(self._stores, seeds, strict=True)]
        return [pair[0] for pair in pairs], [pair[1] for pair in pairs]

    def check(self) -> None:
        """Refuse data without what is asked for, before anything is started.

        Raises:
            InputError: where no episode is long enough, or too few are there to hold some out.
            UnknownNameError: for a signal that was not recorded.
        """
        for part, name in zip(self.parts, ("training", "validation"), strict=True):
            if part:
                try:
                    some = self._dataset(part, self._lengths, DATA, 0)[0]
                except InputError as error:
                    share = f" (held_out={self.config.held_out})" if name == "validation" else ""
                    raise InputError(f"of the episodes for {name}{share}, {error}") from error
                check_targets(self._heads, some)

    def train_dataloader(self) -> Batches:
        """Batches from the step that is due."""
        trainer = self.trainer
        assert trainer is not None
        dataset = self._dataset(self.parts[0], self._lengths, DATA, trainer.global_rank)
        pin = trainer.strategy.root_device.type == "cuda"
        return Batches(dataset, self.config.steps, lambda: trainer.global_step, self.config.workers, pin)

    def val_dataloader(self) -> Batches | list[Any]:
        """The same held-out batches each time; clips are as long as those at the end of the training."""
        if not self.parts[1]:
            return []
        assert self.trainer is not None
        length = self._lengths.at(self.config.steps)
        plan = StagePlan.lay((Stage("validation", 1.0, length),), 1)
        last = replace(self._lengths, plan=plan, otherwise=length)
        dataset = self._dataset(self.parts[1], last, HELD_OUT, self.trainer.global_rank)
        # int() is 0: a validation begins at its first batch, whatever the step.
        return Batches(dataset, self.config.validation_batches, int)

    def first_batch(self) -> Batch:
        """The first batch of the first process, on this process's device: what models are prepared on."""
        assert self.trainer is not None
        batch = self._dataset(self.parts[0], self._lengths, DATA, 0)[0]
        return self.transfer_batch_to_device(batch, self.trainer.strategy.root_device, 0)

    def transfer_batch_to_device(self, batch: Batch, device: torch.device, dataloader_idx: int) -> Batch:
        """Bytes travel, floats are made where they are needed."""
        moved = batch if device.type == "cpu" else batch.to(device, non_blocking=True)
        moved = replace(moved, frames=to_float(moved.frames))
        return moved.double() if self.config.trainer.precision == "64-true" else moved

    def _dataset(self, stores: Sequence[Episodes], lengths: Lengths, purpose: int, rank: int) -> StepBatches:
        size, seed = self.config.batch_size, self.config.seed
        rare = self.config.rare or 0.0
        return StepBatches(stores, self._codec, lengths, self._columns, size, seed, purpose, rank, rare)


def _columns(stores: Sequence[Episodes], model: WorldModel, config: TrainConfig) -> set[str]:
    """What every store has of what models read, and all that heads and settings ask for by name."""
    recorded = [{column.name.split(".")[0] for column in store.schema.columns} for store in stores]
    # A column that one store lacks could not be joined with the others'.
    common = set.intersection(*recorded) & {"actions", "rewards", "terminated"}
    targets = {model.heads.named(name).config.target for name in model.heads}
    names = {"reward": "rewards"}
    return common | {names.get(target, target) for target in targets} | set(config.signals)


def _to_batch(clips: Clips, codec: ActionCodec) -> Batch:
    return Batch(
        torch.from_numpy(clips.frames),
        None if clips.actions is None or not codec.dim else codec.encode(clips.actions),
        None if clips.rewards is None else torch.from_numpy(clips.rewards.astype(np.float32)),
        None if clips.terminated is None else torch.from_numpy(clips.terminated),
        {name: torch.from_numpy(np.asarray(signal)) for name, signal in clips.signals.items()},
        None if clips.times is None else torch.from_numpy(clips.times.astype(np.float32)),
        None if clips.weights is None else torch.from_numpy(clips.weights),
    )


def _join(batches: Sequence[Batch]) -> Batch:
    if len(batches) == 1:
        return batches[0]

    def cat(name: str) -> Any:
        parts = [getattr(batch, name) for batch in batches]
        return None if parts[0] is None else torch.cat(parts)

    signals = {name: torch.cat([batch.signals[name] for batch in batches]) for name in batches[0].signals}
    plain = {name: cat(name) for name in ("frames", "actions", "rewards", "terminated", "times")}
    return Batch(**plain, signals=signals, weights=_join_weights(batches))


def _join_weights(batches: Sequence[Batch]) -> torch.Tensor | None:
    """Of stores with short episodes and without."""
    if all(batch.weights is None for batch in batches):
        return None
    return torch.cat([torch.ones(b.frames.shape[:2]) if b.weights is None else b.weights for b in batches])


def _leave_signals_to_the_parent(worker: int) -> None:
    """Ctrl-C reaches every process of a terminal; the training still wants the batch at hand."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _same(batch: Any) -> Any:
    return batch
