"""The settings of a training."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from worldmodels.errors import InputError
from worldmodels.training.schedule import Piecewise


@dataclass(frozen=True)
class OptimizerConfig:
    """Adam or AdamW.

    Attributes:
        name: "adamw" decays weights apart from the gradient, "adam" as a part of it.
        lr: Learning rate, on which the schedule, parameter groups and stages are factors.
        betas: Decay rates of the two moments.
        eps: Added to the denominator.
        weight_decay: Of all parameters whose group has none of its own.
        schedule: Points (share of the training, factor) on straight lines.
        clip: Largest norm of the gradient of all parameters together; `None` leaves it as it is.
    """

    name: Literal["adam", "adamw"] = "adam"
    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.0
    schedule: tuple[tuple[float, float], ...] = ((0.0, 1.0),)
    clip: float | None = None

    def __post_init__(self) -> None:
        Piecewise(self.schedule)
        if not self.lr > 0 or (self.clip is not None and not self.clip > 0):
            raise InputError(f"lr {self.lr} and clip {self.clip} must be above 0 (clip may be null).")


@dataclass(frozen=True)
class TrainerConfig:
    """Where and in which precision to train.

    Attributes:
        accelerator: What Lightning calls it: "cpu", "gpu", "auto".
        devices: How many, on each machine; -1 for all.
        nodes: Machines.
        strategy: "auto", "ddp", or "ddp_fork" and "ddp_spawn", which start the processes from Python.
        precision: Of the computation; parameters stay in 32 bits.
        threads: PyTorch's threads for each process; `None` leaves them. Other numbers round differently.
    """

    accelerator: str = "auto"
    devices: int = 1
    nodes: int = 1
    strategy: Literal["auto", "ddp", "ddp_fork", "ddp_spawn"] = "auto"
    precision: Literal["32-true", "bf16-mixed", "64-true"] = "32-true"
    threads: int | None = None


@dataclass(frozen=True)
class TrainConfig:
    """What a training does.

    Attributes:
        steps: Steps of the optimiser in all, those before a resumption included.
        batch_size: Clips of a step, for each process.
        length: Frames of a clip, where the model's stages do not say; `None` for 10 or, if more, the model's minimum.
        span: Frames of the window that a clip's frames are drawn from at random, in order and its first always, for
            models that imagine any time; `None` for frames that follow one another.
        pad: Whether episodes shorter than the clips are padded, their last frame repeated, rather than left out. `None`
            pads for models that weigh frames (`WorldModel.weighted`), to which padding is nothing; true for all: the
            others learn that the world stands still after an episode's end.
        rare: Share of the clips drawn from those with a rare reward or a termination, which then weigh less; for models
            that weigh frames. `None` for none.
        seed: Of everything random: a step depends on the seed, its number and its process only.
        open_loop: Steps that the heads also learn on imagined beliefs, from one random time of the clips; 0 for none.
        signals: Recorded signals that the model itself reads, beside those that its heads learn.
        optimizer: See `OptimizerConfig`.
        trainer: See `TrainerConfig`.
        held_out: Share of the episodes that are kept for validation; 0 for none.
        validate_every: Steps from one validation to the next.
        validation_batches: Batches of a validation, the same ones each time.
        log_every: Steps from one log entry, and check of the losses, to the next.
        save_every: Steps from one checkpoint to the next.
        keep: How many checkpoints stay.
        workers: Processes that fetch clips beside the training; 0 fetches in between.
    """

    steps: int = 10_000
    batch_size: int = 32
    length: int | None = None
    span: int | None = None
    pad: bool | None = None
    rare: float | None = None
    seed: int = 0
    open_loop: int = 3
    signals: tuple[str, ...] = ()
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    held_out: float = 0.05
    validate_every: int = 500
    validation_batches: int = 8
    log_every: int = 50
    save_every: int = 500
    keep: int = 3
    workers: int = 0

    def __post_init__(self) -> None:
        positive = ("steps", "batch_size", "validate_every", "validation_batches", "log_every", "save_every", "keep")
        for name in (*positive, "open_loop", "seed", "workers"):
            least = 1 if name in positive else 0
            if getattr(self, name) < least:
                raise InputError(f"{name}={getattr(self, name)} given; it must be at least {least}.")
        if self.length is not None and self.length < 1:
            raise InputError(f"length={self.length} given; clips have at least 1 frame.")
        if self.span is not None and self.span < max(2, self.length or 0):
            raise InputError(f"span={self.span} given; it must be at least 2 and at least the length of a clip.")
        if self.rare is not None and not 0 <= self.rare < 1:
            raise InputError(f"rare={self.rare} given; it is a share from 0 to below 1.")
        if not 0 <= self.held_out < 1:
            raise InputError(f"held_out={self.held_out} given; it is a share from 0 to below 1.")
