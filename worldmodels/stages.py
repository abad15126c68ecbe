"""`Stage` and `Group`: what a model declares about how it is trained, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from worldmodels.errors import InputError


@dataclass(frozen=True)
class Group:
    """Parameters that share settings of the optimiser; those in no group have the trainer's own.

    Attributes:
        name: What stages call it.
        prefixes: How the names of its parameters begin, as `named_parameters` has them.
        rate: Factor on the learning rate.
        weight_decay: In place of the trainer's, where given.
    """

    name: str
    prefixes: tuple[str, ...]
    rate: float = 1.0
    weight_decay: float | None = None


@dataclass(frozen=True)
class Stage:
    """A phase of the training.

    Attributes:
        name: What `losses` may ask for and logs show.
        share: How long it is relative to the others.
        length: Frames of its clips; `None` for the trainer's own.
        rates: Factors on the learning rates of groups by name, for this phase; 0 leaves a group untouched,
            moments of the optimiser included.
    """

    name: str
    share: float
    length: int | None = None
    rates: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.share > 0 or (self.length is not None and self.length < 1):
            raise InputError(f"stage {self.name!r} needs a share above 0 and clips of at least 1 frame.")


def stage_at(stages: Sequence[Stage], progress: float) -> Stage:
    """The stage at a share of the training, 0 to 1; without any stage, one that changes nothing."""
    reached, total = 0.0, sum(stage.share for stage in stages)
    for stage in stages:
        reached += stage.share / total
        if progress < reached:
            return stage
    return stages[-1] if stages else Stage("training", 1.0)
