"""Slot attention (Locatello et al., NeurIPS 2020): inputs compete to be explained by slots."""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from worldmodels.blocks.mlp import mlp
from worldmodels.noise import Noise

REACH = 0.25
"""How far from its own cell a vote may point, in half frames."""


class Inputs(NamedTuple):
    """What slots compete for.

    Attributes:
        keys: (batch, input, width).
        values: (batch, input, width).
        votes: Where each input says that the centre of its object is (batch, input, 2), as (x, y) from -1 to 1;
            `None` where slots have no place.
    """

    keys: Tensor
    values: Tensor
    votes: Tensor | None


class SlotAttention(nn.Module):
    """Slots that share out the inputs among themselves (Algorithm 1).

    With `cells`, the last two numbers of a slot are its place: the mean of its inputs' votes. Inputs then also prefer
    slots near their vote, with a weight that is learned. Position so needs no learning before objects come apart, as
    in invariant slot attention (Biza et al., 2023), and a module may move a slot by adding to two numbers.

    Args:
        inputs: Width of an input.
        width: Width of a slot's content.
        slots: How many.
        cells: Where the inputs are (input, 2), as (x, y) from -1 to 1; `None` for slots without a place.
        iterations: Rounds from the first slots on.
        hidden: Width of the residual MLP.
        start: First contents, "learned" one by one, or "gaussian": drawn from one learned normal distribution.
        eps: Added to the attention, as in the authors' code.
    """

    cells: Tensor | None

    def __init__(
        self,
        inputs: int,
        width: int,
        slots: int,
        *,
        cells: Tensor | None = None,
        iterations: int = 3,
        hidden: int = 128,
        start: Literal["learned", "gaussian"] = "learned",
        eps: float = 1e-8,
    ) -> None:
        super().__init__()
        self.content, self.count, self.iterations, self.eps = width, slots, iterations, eps
        self.register_buffer("cells", cells, persistent=False)
        self.inputs_norm = nn.LayerNorm(inputs)
        self.slots_norm, self.mlp_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.to_key = nn.Linear(inputs, width, bias=False)
        self.to_value = nn.Linear(inputs, width, bias=False)
        self.to_query = nn.Linear(width, width, bias=False)
        self.gru = nn.GRUCell(width, width)
        self.residual = mlp(width, hidden, width)
        self.mean = nn.Parameter(torch.randn(slots if start == "learned" else 1, width))
        self.log_std = nn.Parameter(torch.full((1, width), -1.0)) if start == "gaussian" else None
        if cells is not None:
            self.vote = nn.Linear(inputs, 2)
            self.nearness = nn.Parameter(torch.tensor(3.0))
            self.place = nn.Parameter(torch.rand(slots, 2) * 2 - 1)

    @property
    def width(self) -> int:
        """Of a slot, its place included."""
        return self.content if self.cells is None else self.content + 2

    def project(self, inputs: Tensor) -> Inputs:
        """Keys, values and votes of inputs (batch, input, width)."""
        normed = self.inputs_norm(inputs)
        votes = None if self.cells is None else self.cells + REACH * self.vote(normed).tanh()
        return Inputs(self.to_key(normed), self.to_value(normed), votes)

    def first(self, batch: int, noise: Noise) -> Tensor:
        """Slots (batch, slot, width) before any input."""
        means = self.mean.expand(batch, self.count, -1)
        content = means if self.log_std is None else noise.gaussian(means, self.log_std.exp().expand_as(means))
        return content if self.cells is None else torch.cat([content, self.place.expand(batch, -1, -1)], -1)

    def attend(self, inputs: Inputs, slots: Tensor) -> tuple[Tensor, Tensor]:
        """One round of competition.

        Args:
            inputs: Of `project`.
            slots: (batch, slot, width).

        Returns:
            What each slot finds (batch, slot, width): the weighted mean of the values and, with places, of the votes;
            and its share of each input (batch, slot, input), which sums to 1 over slots.
        """
        queries = self.to_query(self.slots_norm(slots[..., : self.content])) * self.content**-0.5
        logits, found = queries @ inputs.keys.transpose(-1, -2), inputs.values
        if inputs.votes is not None:
            far = (slots[..., None, self.content :] - inputs.votes.unsqueeze(-3)).square().sum(-1)
            logits, found = logits - F.softplus(self.nearness) * far, torch.cat([found, inputs.votes], -1)
        shares = logits.softmax(-2)
        weights = shares + self.eps
        return (weights / weights.sum(-1, keepdim=True)) @ found, shares

    def update(self, inputs: Inputs, slots: Tensor) -> Tensor:
        """Slots (batch, slot, width) after one round."""
        found, content = self.attend(inputs, slots)[0], slots[..., : self.content]
        new = self.gru(found[..., : self.content].flatten(0, 1), content.flatten(0, 1)).view_as(content)
        return torch.cat([new + self.residual(self.mlp_norm(new)), found[..., self.content :]], -1)

    def forward(self, inputs: Inputs, slots: Tensor) -> Tensor:
        """Slots (batch, slot, width) after all rounds."""
        for _ in range(self.iterations):
            slots = self.update(inputs, slots)
        return slots
