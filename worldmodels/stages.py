"""`Stage`, `Group` and `Moment`: what a model declares about its training, as data, and where a training is."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from worldmodels.errors import InputError, UnknownNameError

REST = "rest"
"""The group of the parameters that no declared group claims, heads among them."""


@dataclass(frozen=True)
class Group:
    """Parameters that share settings of the optimiser; those in no group have the trainer's own.

    Attributes:
        name: What stages call it.
        prefixes: How the names of its parameters begin, as `named_parameters` has them.
        rate: Factor on the learning rate.
        betas: Decay rates of Adam's two moments, in place of the trainer's, where given.
        weight_decay: In place of the trainer's, where given.
        clip: Largest norm of this group's gradient, which then does not count towards the trainer's `clip`.
    """

    name: str
    prefixes: tuple[str, ...]
    rate: float = 1.0
    betas: tuple[float, float] | None = None
    weight_decay: float | None = None
    clip: float | None = None


@dataclass(frozen=True)
class Stage:
    """A phase of the training.

    Attributes:
        name: What `Moment.stage` says during it.
        share: How long it is relative to the others.
        length: Frames of its clips; `None` for the trainer's own.
        rates: Factors on the learning rates of groups by name, for this phase; 0 leaves a group untouched,
            moments of the optimiser included.
        turns: Names of groups that learn in turn, one a step, such as ("critic", "critic", "generator"). In a
            group's turn the other groups named here get no gradient and keep their moments; gradients flow through
            them all the same.
        frozen: Names of groups that rest for the whole phase: in evaluation mode, without a gradient.
    """

    name: str
    share: float
    length: int | None = None
    rates: Mapping[str, float] = field(default_factory=dict)
    turns: tuple[str, ...] = ()
    frozen: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.share < math.inf or (self.length is not None and self.length < 1):
            raise InputError(f"stage {self.name!r} needs a share above 0 and clips of at least 1 frame.")

    def resting(self, turn: str | None) -> set[str]:
        """The groups that get no gradient in a turn."""
        still = {name for name, rate in self.rates.items() if rate == 0}
        return still | set(self.frozen) | (set(self.turns) - {turn})


TRAINING = Stage("training", 1.0)
"""The one stage of a model that declares none."""


@dataclass(frozen=True)
class Moment:
    """Where a training is.

    Attributes:
        step: Steps done.
        steps: Steps laid down when the training began; it may go on beyond them, in its last stage.
        stage: The stage's name; "training" where a model declares none.
        stage_progress: The share of the stage that is done, 0 to 1.
        turn: The group whose turn it is, where the stage has turns.
    """

    step: int
    steps: int
    stage: str = TRAINING.name
    stage_progress: float = 0.0
    turn: str | None = None

    @classmethod
    def at(cls, progress: float, stage: str = TRAINING.name, turn: str | None = None) -> Moment:
        """A moment by the share of the training that is done, for tests and benchmarks."""
        return cls(round(progress * 1_000_000), 1_000_000, stage, progress, turn)

    @property
    def progress(self) -> float:
        """The share of the whole training that is done, 0 to 1; steps beyond those laid down leave it at 1."""
        return min(1.0, self.step / self.steps)


@dataclass(frozen=True)
class StagePlan:
    """When each stage begins, laid down once; more steps prolong the last stage and never lead back.

    Attributes:
        stages: The model's, at least one.
        starts: The step at which each begins.
        steps: Of the training as it was begun.
    """

    stages: tuple[Stage, ...]
    starts: tuple[int, ...]
    steps: int

    @classmethod
    def lay(cls, stages: Sequence[Stage], steps: int) -> StagePlan:
        """The stages over so many steps, each as long as its share."""
        chosen = tuple(stages) or (TRAINING,)
        total, reached, starts = sum(stage.share for stage in chosen), 0.0, []
        for stage in chosen:
            # The sum of shares such as .1 may be a hair above a whole step.
            starts.append(math.ceil(reached / total * steps - 1e-9))
            reached += stage.share
        return cls(chosen, tuple(starts), steps)

    def stage(self, step: int) -> Stage:
        """The stage at a step."""
        return self.stages[max(0, bisect_right(self.starts, step) - 1)]

    def moment(self, step: int) -> Moment:
        """Where a training is when so many steps are done; a turn follows from the step's number alone."""
        index = max(0, bisect_right(self.starts, step) - 1)
        stage, start = self.stages[index], self.starts[index]
        # A training that goes on beyond its plan stays in the last stage, at its end.
        end = self.starts[index + 1] if index + 1 < len(self.starts) else self.steps
        done = min(1.0, (step - start) / max(1, end - start))
        turn = stage.turns[(step - start) % len(stage.turns)] if stage.turns else None
        return Moment(step, self.steps, stage.name, done, turn)

    def to_json(self) -> dict[str, Any]:
        """What a checkpoint keeps, to go on by the same plan."""
        names = [stage.name for stage in self.stages]
        return {"steps": self.steps, "stages": dict(zip(names, self.starts, strict=True))}

    @classmethod
    def from_json(cls, kept: Any, stages: Sequence[Stage]) -> StagePlan:
        """The plan that `to_json` described, for a model's stages.

        Raises:
            InputError: where the model has other stages today.
        """
        chosen = tuple(stages) or (TRAINING,)
        starts = kept.get("stages") if isinstance(kept, Mapping) else None
        names = [stage.name for stage in chosen]
        if not isinstance(starts, Mapping) or list(starts) != names or not isinstance(kept.get("steps"), int):
            held = ", ".join(map(str, starts)) if isinstance(starts, Mapping) else "none"
            raise InputError(f"the training was begun with the stages {held}; the model now has {', '.join(names)}.")
        return cls(chosen, tuple(int(start) for start in starts.values()), kept["steps"])


def check_stages(stages: Sequence[Stage], groups: Sequence[Group]) -> None:
    """Refuse stages that name groups which are not declared, or share a name.

    Raises:
        UnknownNameError: for an unknown group.
        InputError: for two stages of one name.
    """
    known = [REST, *(group.name for group in groups)]
    for stage in stages:
        for name in (*stage.rates, *stage.turns, *stage.frozen):
            if name not in known:
                raise UnknownNameError(f"group in stage {stage.name!r}", name, known)
    names = [stage.name for stage in stages]
    if len(set(names)) < len(names):
        raise InputError(f"two stages share a name: {', '.join(names)}.")
