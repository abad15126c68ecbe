"""Slot attention (Locatello et al., NeurIPS 2020): inputs compete to be explained by slots."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from worldmodels.blocks.mlp import mlp
from worldmodels.errors import InputError
from worldmodels.noise import Noise

REACH = 0.25
"""How far from its own cell a vote may point, in half frames."""

APART = 0.42
"""How far apart seeds keep, in half frames."""

Start: TypeAlias = Literal["learned", "gaussian", "seeds"]


class Inputs(NamedTuple):
    """What slots compete for.

    Attributes:
        keys: (batch, input, width).
        values: (batch, input, width).
        votes: Where each input says that the centre of its object is (batch, input, 2), as (x, y) from -1 to 1;
            `None` where slots have no place.
        contrast: How much each input stands out (batch, input), at least 0; `None` where no start needs it.
    """

    keys: Tensor
    values: Tensor
    votes: Tensor | None = None
    contrast: Tensor | None = None

    def map(self, function: Callable[[Tensor], Tensor]) -> Inputs:
        """The same change of all that there is, such as an index."""
        keys, values, votes, contrast = self
        kept = (None if part is None else function(part) for part in (votes, contrast))
        return Inputs(function(keys), function(values), *kept)


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
        start: First slots: "learned" one by one; "gaussian", drawn from one learned normal distribution; or "seeds",
            of which the first is for the background and the others begin where inputs stand out, far from each other.
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
        start: Start = "learned",
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
        if start == "seeds" and (cells is None or slots < 2):
            raise InputError("start='seeds' needs slots with places, and at least 2 of them.")
        self.start = start
        self.mean = nn.Parameter(torch.randn({"learned": slots, "gaussian": 1, "seeds": 2}[start], width))
        self.log_std = nn.Parameter(torch.full((1, width), -1.0)) if start == "gaussian" else None
        if cells is not None:
            self.vote = nn.Linear(inputs, 2)
            self.nearness = nn.Parameter(torch.tensor(3.0))
            self.place = nn.Parameter(torch.rand(1 if start == "seeds" else slots, 2) * 2 - 1)

    @property
    def width(self) -> int:
        """Of a slot, its place included."""
        return self.content if self.cells is None else self.content + 2

    def project(self, inputs: Tensor, contrast: Tensor | None = None) -> Inputs:
        """Keys, values and votes of inputs (batch, input, width) that stand out by contrast (batch, input)."""
        normed = self.inputs_norm(inputs)
        votes = None if self.cells is None else self.cells + REACH * self.vote(normed).tanh()
        return Inputs(self.to_key(normed), self.to_value(normed), votes, contrast)

    def first(self, inputs: Inputs, noise: Noise) -> Tensor:
        """Slots (batch, slot, width) before any round."""
        batch = len(inputs.keys)
        means: Tensor = self.mean
        if self.start == "seeds":
            means = torch.cat([means[:1], means[1:].expand(self.count - 1, -1)])
        content = means.expand(batch, self.count, -1)
        if self.log_std is not None:
            content = noise.gaussian(content, self.log_std.exp().expand_as(content))
        return content if self.cells is None else torch.cat([content, self._places(inputs)], -1)

    def _places(self, inputs: Inputs) -> Tensor:
        own = self.place.expand(len(inputs.keys), -1, -1)
        if self.start != "seeds":
            return own
        assert inputs.votes is not None and inputs.contrast is not None
        return torch.cat([own, seeds(inputs.votes, inputs.contrast, self.count - 1)], 1)

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
            # Softplus: nearness is learned, but never becomes a liking for what is far.
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


def seeds(votes: Tensor, contrast: Tensor, count: int) -> Tensor:
    """Votes (batch, count, 2) that stand out, each far from those before it, as k-means++ begins.

    Args:
        votes: (batch, input, 2).
        contrast: (batch, input), at least 0.
        count: How many.
    """
    chosen, rows = [], torch.arange(len(votes), device=votes.device)
    for _ in range(count):
        best = votes[rows, contrast.argmax(1)]
        far = (votes - best.unsqueeze(1)).detach().square().sum(-1)
        # A hole with a flat floor around the chosen one: its own object is left out, a neighbour hardly.
        contrast = contrast * (1 - torch.exp(-((far / APART**2) ** 2)))
        chosen.append(best)
    return torch.stack(chosen, 1)
