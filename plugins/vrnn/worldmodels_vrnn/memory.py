"""`Memory`: the recurrent states of the three networks, as a belief holds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from worldmodels.blocks import State
from worldmodels.rollout import Belief

States = dict[int, State]
"""Recurrent states by resolution."""


class Memory(NamedTuple):
    """The recurrent states by resolution, each (batch, channel, height, width) or with time after the batch.

    Attributes:
        prior: Of the prior.
        posterior: Of the posterior, which follows frames only.
        decoder: Of the decoder.
    """

    prior: States
    posterior: States
    decoder: States

    @classmethod
    def of(cls, belief: Belief, levels: Sequence[int], recurrent: Sequence[int]) -> Memory:
        """That of a belief, for latents at `levels` and a decoder that is recurrent at other resolutions."""
        prior, posterior = (states(belief, net, levels) for net in cls._fields[:2])
        return cls(prior, posterior, states(belief, "decoder", recurrent))

    def entries(self) -> dict[str, Tensor]:
        """As a belief's entries."""
        return {name: tensor for net, held in self._asdict().items() for name, tensor in named(net, held).items()}

    def at(self, time: int) -> Memory:
        """One time of states that have it after the batch."""
        return Memory(*(at(held, time) for held in self))

    def since(self, time: int) -> Memory:
        """The times from an index on."""
        return Memory(*({size: State(h[:, time:], c[:, time:]) for size, (h, c) in held.items()} for held in self))

    def where(self, condition: Tensor, other: Memory) -> Memory:
        """These states for the items where `condition` (batch,) holds, those of `other` for the rest."""
        mask = condition[:, None, None, None]

        def mix(chosen: State, rest: State) -> State:
            return State(*(torch.where(mask, a, b) for a, b in zip(chosen, rest, strict=True)))

        pairs = zip(self, other, strict=True)
        return Memory(*({size: mix(chosen[size], rest[size]) for size in chosen} for chosen, rest in pairs))

    def after(self, beginnings: Sequence[Memory]) -> Memory:
        """States (batch, ...) one after the other, and then these (batch, time, ...), as one."""

        def join(net: int, size: int) -> State:
            first = [memory[net][size] for memory in beginnings]
            parts = zip(*first, strict=True)
            return State(
                *(
                    torch.cat([torch.stack(begun, 1), rest], 1)
                    for begun, rest in zip(parts, self[net][size], strict=True)
                )
            )

        return Memory(*({size: join(net, size) for size in held} for net, held in enumerate(self)))


def at(held: States, time: int) -> States:
    """One time of states that have it after the batch."""
    return {size: State(hidden[:, time], cell[:, time]) for size, (hidden, cell) in held.items()}


def states(belief: Belief, net: str, sizes: Sequence[int]) -> States:
    """A network's states out of a belief."""
    return {size: State(belief[f"{net}_hidden_{size}"], belief[f"{net}_cell_{size}"]) for size in sizes}


def named(net: str, held: States) -> dict[str, Tensor]:
    """A network's states as a belief's entries, such as `prior_hidden_8`."""
    return {f"{net}_{part}_{size}": getattr(state, part) for size, state in held.items() for part in State._fields}
