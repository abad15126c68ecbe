"""A convolutional LSTM some of whose inputs stay the same over its steps."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn


class State(NamedTuple):
    """Hidden state and cell (batch, channel, height, width)."""

    hidden: Tensor
    cell: Tensor


class Cell(nn.Module):
    """A ConvLSTM whose fixed inputs, a map and a vector, are convolved once for all steps.

    A convolution of several inputs is the sum of a convolution of each. So a renderer that is fed scene and key at
    every step pays for the scene once, whatever the number of steps and of queries.

    Args:
        fixed: Channels of the map that stays the same.
        vector: Width of the vector that stays the same.
        inputs: Channels of what changes from step to step; 0 for nothing.
        hidden: Channels of the state.
        kernel: Of all convolutions.
        grid: Height and width of the maps, or `None` for cells that neither know their place nor read the others'.
    """

    def __init__(
        self, fixed: int, vector: int, inputs: int, hidden: int, kernel: int, grid: tuple[int, int] | None
    ) -> None:
        super().__init__()
        self.hidden = hidden
        self.fixed = nn.Conv2d(fixed, 4 * hidden, kernel, padding=kernel // 2)
        self.vector = nn.Linear(vector, 4 * hidden, bias=False) if vector else None
        self.recurrent = nn.Conv2d(inputs + hidden, 4 * hidden, kernel, padding=kernel // 2, bias=False)
        self.places = nn.Parameter(0.02 * torch.randn(4 * hidden, *grid)) if grid else None
        self.world = nn.Linear(hidden, 4 * hidden, bias=False) if grid else None

    def prepare(self, fixed: Tensor) -> Tensor:
        """The share of the gates that a map (batch, channel, height, width) has in every step."""
        gates: Tensor = self.fixed(fixed)
        gates = gates if self.places is None else gates + self.places
        # Forget gates begin near open, so that what is learned early survives the steps.
        gates.narrow(1, self.hidden, self.hidden).add_(1)
        return gates

    def address(self, prepared: Tensor, vector: Tensor) -> Tensor:
        """Prepared gates for vectors (batch, query, width): (batch x query, ...)."""
        assert self.vector is not None
        shares: Tensor = self.vector(vector)
        return (prepared.unsqueeze(1) + shares[..., None, None]).flatten(0, 1)

    def forward(self, prepared: Tensor, inputs: Tensor | None, state: State | None) -> State:
        """One step; the first one, without a state, reads nothing but what is prepared."""
        if state is None:
            enter, _, leave, new = prepared.chunk(4, 1)
            cell = torch.sigmoid(enter) * torch.tanh(new)
            return State(torch.sigmoid(leave) * torch.tanh(cell), cell)
        changing = state.hidden if inputs is None else torch.cat([inputs, state.hidden], 1)
        gates = prepared + self.recurrent(changing)
        if self.world is not None:
            gates = gates + self.world(state.hidden.mean((2, 3)))[..., None, None]
        doors, new = gates.tensor_split([3 * self.hidden], 1)
        enter, forget, leave = doors.sigmoid().chunk(3, 1)
        cell = torch.addcmul(forget * state.cell, enter, torch.tanh(new))
        return State(leave * torch.tanh(cell), cell)
