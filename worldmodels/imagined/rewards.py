"""Which reward and which termination an imagined environment has."""

from __future__ import annotations

from functools import partial
from typing import Literal

from worldmodels.errors import InputError
from worldmodels.model import WorldModel
from worldmodels.rewards import RewardFunction, TerminationFunction, read_head


def choose_reward(model: WorldModel, reward: RewardFunction | Literal["head"]) -> RewardFunction:
    """The function given, or for "head" the model's head "reward".

    Raises:
        InputError: where the model has no such head, or another name is given.
    """
    if callable(reward):
        return reward
    if reward != "head" or "reward" not in model.heads:
        raise InputError(
            f"reward={reward!r} needs a head 'reward', and this model has {_names(model)}: train it with one, or "
            "give a function of Transitions, such as worldmodels.rewards.HeadReward('distance', scale=-1)."
        )
    return partial(read_head, model.heads.named("reward"))


def choose_termination(
    model: WorldModel, termination: TerminationFunction | Literal["head"] | None
) -> TerminationFunction | None:
    """The function given; for "head" the model's head "terminated" or, where it has none, never (`None`).

    Raises:
        InputError: for another name.
    """
    if termination is None or callable(termination):
        return termination
    if termination != "head":
        raise InputError(
            f"termination={termination!r} is neither 'head', a function of Transitions, nor None (never); for another "
            f"head ({_names(model)}) give worldmodels.rewards.HeadTermination(name)."
        )
    return partial(read_head, model.heads.named("terminated")) if "terminated" in model.heads else None


def _names(model: WorldModel) -> str:
    return f"the heads {', '.join(model.heads)}" if len(model.heads) else "no heads"
