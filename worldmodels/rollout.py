"""`Belief` and `Rollout`: what a model believes at one time, and over many."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from tensordict import TensorDict
from torch import Tensor

from worldmodels.errors import InputError

Belief: TypeAlias = TensorDict
"""Everything needed to go on, with batch size (B,): index, stack, clone, move, repeat and save it."""

Entries: TypeAlias = Mapping[str, Tensor] | TensorDict
"""A belief's entries by name, as `_render` and `_features` read them, by `[name]` or `get`."""


@dataclass(frozen=True)
class Rollout:
    """Beliefs over time.

    Attributes:
        beliefs: What changes and what rendering, features and heads read; batch size (B, H).
        last: The whole belief after the last step, to go on from; batch size (B,).
        constant: What is the same at all H times, such as content; batch size (B,). It shares memory with
            `last` and is stored once, not H times.
    """

    beliefs: TensorDict
    last: Belief
    constant: TensorDict

    @property
    def batch(self) -> int:
        """The number of rollouts B."""
        return int(self.beliefs.batch_size[0])

    @property
    def horizon(self) -> int:
        """The number of times H."""
        return int(self.beliefs.batch_size[1])

    def at(self, time: int | slice) -> Rollout:
        """The rollout at one time or over some, for rendering and features; `last` stays the last."""
        window = slice(time, time + 1 or None) if isinstance(time, int) else time
        return Rollout(self.beliefs[:, window], self.last, self.constant)

    def __getitem__(self, index: Any) -> Rollout:
        """Some rollouts of the batch."""
        return self._map(lambda belief: belief[index])

    def to(self, device: torch.device | str) -> Rollout:
        """The rollout on another device."""
        return self._map(lambda belief: belief.to(device))

    def detach(self) -> Rollout:
        """The rollout without its gradient history."""
        return self._map(lambda belief: belief.detach())

    def _map(self, function: Callable[[TensorDict], TensorDict]) -> Rollout:
        return Rollout(function(self.beliefs), function(self.last), function(self.constant))


def pack(tensors: dict[str, Tensor], batch: Sequence[int]) -> TensorDict:
    """A TensorDict without a second look at its entries, which costs more than a small model's step.

    Every tensor must begin with the axes `batch`; nested dicts are not allowed. The conformance suite checks
    what models return.
    """
    return TensorDict._new_unsafe(tensors, batch if isinstance(batch, torch.Size) else torch.Size(batch))


def stack(beliefs: Sequence[Belief], varying: Collection[str], constant: Collection[str]) -> Rollout:
    """A rollout from the beliefs after each step, keeping only what varies and is read.

    Raises:
        InputError: if an entry is named that the beliefs do not hold.
    """
    last = beliefs[-1]
    batch = last.batch_size[0]
    try:
        over_time = {key: torch.stack([belief.get(key) for belief in beliefs], 1) for key in varying}
        kept = {key: last[key] for key in constant}
    except (TypeError, KeyError) as error:
        declared, held = ", ".join([*varying, *constant]), ", ".join(last.keys())
        raise InputError(f"`varying` and `constant` name {declared}, but beliefs hold {held}.") from error
    return Rollout(pack(over_time, (batch, len(beliefs))), last, pack(kept, (batch,)))


def join(rollouts: Sequence[Rollout]) -> Rollout:
    """Rollouts that follow one another in time as one; `last` and `constant` are the last one's."""
    if not rollouts:
        raise InputError("there is no rollout to join.")
    beliefs = torch.cat([rollout.beliefs for rollout in rollouts], 1)
    return Rollout(beliefs, rollouts[-1].last, rollouts[-1].constant)
