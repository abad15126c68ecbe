"""Rewards and terminations of imagined steps, from learned heads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from torch import Tensor

from worldmodels.config import Settings
from worldmodels.heads import Head
from worldmodels.transitions import Transitions

RewardFunction: TypeAlias = Callable[[Transitions], Tensor]
"""Rewards, float, with the leading axes of the transitions: (batch,) or (batch, time)."""

TerminationFunction: TypeAlias = Callable[[Transitions], Tensor]
"""Probabilities (or truth values) of having terminated, with the leading axes of the transitions."""


@dataclass(frozen=True)
class HeadReward:
    """What a head predicts: of the arrival, or of the pair before and after for a `pair` head.

    Attributes:
        head: The head's name.
        scale: The prediction is multiplied by it; -1 turns a cost into a reward.
    """

    head: str = "reward"
    scale: float = 1.0

    def __call__(self, transitions: Transitions) -> Tensor:
        """Rewards of the transitions."""
        prediction = _predict(self.head, transitions)
        return prediction if self.scale == 1 else self.scale * prediction


@dataclass(frozen=True)
class ProgressReward:
    """How much a predicted signal changed, plus a bonus for what is probable.

    Attributes:
        head: The head whose change counts, such as a distance.
        scale: The change is multiplied by it; -1 rewards a decrease.
        bonus: A head whose probability is added, such as "terminated" where ending is success; or `None`.
        constant: Added to every step, such as a small cost of time.
    """

    head: str
    scale: float = -1.0
    bonus: str | None = None
    constant: float = 0.0

    def __call__(self, transitions: Transitions) -> Tensor:
        """Rewards of the transitions."""
        head = transitions.model.heads.named(self.head)
        change = head.value(transitions.features) - head.value(transitions.previous_features)
        reward = self.scale * change + self.constant
        return reward if self.bonus is None else reward + _predict(self.bonus, transitions)


@dataclass(frozen=True)
class HeadTermination:
    """The probability that a head gives.

    Attributes:
        head: The head's name.
    """

    head: str = "terminated"

    def __call__(self, transitions: Transitions) -> Tensor:
        """Probabilities of having terminated."""
        return _predict(self.head, transitions)


@dataclass(frozen=True)
class RewardConfig(Settings):
    """A reward as configuration.

    Attributes:
        kind: "head" for `HeadReward`, "progress" for `ProgressReward`.
        head: The head that is read.
        scale: Its prediction, or the change of it, is multiplied by this.
        bonus: For "progress": a head whose probability is added.
        constant: For "progress": added to every step.
    """

    kind: Literal["head", "progress"] = "head"
    head: str = "reward"
    scale: float = 1.0
    bonus: str | None = None
    constant: float = 0.0

    def build(self) -> HeadReward | ProgressReward:
        """The reward function."""
        if self.kind == "progress":
            return ProgressReward(self.head, self.scale, self.bonus, self.constant)
        return HeadReward(self.head, self.scale)


def read_head(head: Head, transitions: Transitions) -> Tensor:
    """What a head predicts of the arrival, or of the pair before and after."""
    return head.value(transitions.features, transitions.previous_features if head.config.pair else None)


def _predict(name: str, transitions: Transitions) -> Tensor:
    return read_head(transitions.model.heads.named(name), transitions)
