"""The settings of a training."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Annotated, Literal

from worldmodels.config import Settings
from worldmodels.errors import InputError
from worldmodels.limits import Count, Filled, Limit, NotNegative, Positive, Seed, Whole
from worldmodels.training.schedule import Piecewise

Decay = Annotated[float, Limit(0, below=1)]


@dataclass(frozen=True)
class OptimizerConfig(Settings):
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
    lr: Positive = 1e-3
    betas: tuple[Decay, Decay] = (0.9, 0.999)
    eps: NotNegative = 1e-8
    weight_decay: NotNegative = 0.0
    schedule: Annotated[tuple[tuple[float, float], ...], Filled()] = ((0.0, 1.0),)
    clip: Positive | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        Piecewise(self.schedule)


LAUNCHED = {"MASTER_ADDR", "SLURM_NTASKS", "TORCHELASTIC_RUN_ID", "LSB_JOBID", "KUBERNETES_PORT"}
"""Variables by which those who start a training on several machines tell each process its place."""


@dataclass(frozen=True)
class TrainerConfig(Settings):
    """Where and in which precision to train.

    Attributes:
        accelerator: What Lightning calls it: "cpu", "gpu", "auto".
        devices: How many, on each machine; -1 for all.
        nodes: Machines.
        strategy: "auto", "ddp", or "ddp_fork" and "ddp_spawn", which start the processes from Python.
        precision: Of the computation; parameters stay in 32 bits.
        threads: PyTorch's threads for each process; `None` leaves them. Other numbers round differently.
        logger: Where losses are written: TensorBoard's files or CSV in the run's `logs`, Weights & Biases (extra
            `wandb`), or trackio, which keeps them on this machine (extra `trackio`).
    """

    accelerator: Literal["auto", "cpu", "gpu", "cuda", "mps", "tpu", "hpu"] = "auto"
    devices: Annotated[int, Limit(-1, 1024)] = 1
    nodes: Annotated[int, Limit(1, 1024)] = 1
    strategy: Literal["auto", "ddp", "ddp_fork", "ddp_spawn"] = "auto"
    precision: Literal["32-true", "bf16-mixed", "64-true"] = "32-true"
    threads: Annotated[int, Limit(1, 1024)] | None = None
    logger: Literal["tensorboard", "csv", "wandb", "trackio"] = "tensorboard"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.devices == 0:
            raise InputError("devices=0 given; it is 1 or more, or -1 for all.")
        if self.nodes > 1 and not LAUNCHED & os.environ.keys():
            raise InputError(
                f"nodes={self.nodes} given, but nothing has started this process on several machines: start it on each "
                "with torchrun or srun."
            )


@dataclass(frozen=True)
class TrainConfig(Settings):
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

    steps: Count = 10_000
    batch_size: Count = 32
    length: Count | None = None
    span: Annotated[int, Limit(2)] | None = None
    pad: bool | None = None
    rare: Annotated[float, Limit(0, below=1)] | None = None
    seed: Seed = 0
    open_loop: Whole = 3
    signals: tuple[str, ...] = ()
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    held_out: Annotated[float, Limit(0, below=1)] = 0.05
    validate_every: Count = 500
    validation_batches: Count = 8
    log_every: Count = 50
    save_every: Count = 500
    keep: Count = 3
    workers: Annotated[int, Limit(0, 256)] = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.span is not None and self.span < (self.length or 0):
            raise InputError(f"span={self.span} given; it must be at least the length of a clip, {self.length}.")
