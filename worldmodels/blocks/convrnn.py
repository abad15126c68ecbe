"""`ConvLSTM` and `ConvGRU`: recurrent layers over maps."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from worldmodels.blocks.maps import Conv, group_norm, over_time
from worldmodels.blocks.recurrent import State


class ConvLSTM(nn.Module):
    """A convolutional LSTM (Shi et al., NeurIPS 2015), without peepholes; the gates are in, forget, out and new.

    With `groups`, the input's and the hidden map's part of the gates and the cell are normalised, each for itself.
    The input's part of the gates is computed for all times at once.

    Args:
        inputs: Channels of an input.
        hidden: Channels of a state.
        kernel: Odd, of both convolutions.
        groups: At most, of each norm; 0 for no norm.
        least: Channels that a group has at least.
    """

    def __init__(self, inputs: int, hidden: int, kernel: int = 3, *, groups: int = 0, least: int = 1) -> None:
        super().__init__()

        def gates(channels: int, bias: bool) -> nn.Module:
            conv = Conv(channels, 4 * hidden, kernel, bias)
            return nn.Sequential(conv, group_norm(4 * hidden, groups, least)) if groups else conv

        self.hidden = hidden
        self.input_gates = gates(inputs, True)
        # Without norms between them one bias of the gates is enough.
        self.hidden_gates = gates(hidden, bool(groups))
        self.cell_norm = group_norm(hidden, groups, least) if groups else nn.Identity()

    def rest(self, like: Tensor) -> State:
        """The state before any frame of maps (batch, ..., height, width)."""
        nothing = like.new_zeros(len(like), self.hidden, *like.shape[-2:])
        return State(nothing, nothing)

    def forward(self, inputs: Tensor, state: State) -> State:
        """Hidden and cell maps after each of the inputs (batch, time, channel, height, width)."""
        states = []
        for gates in over_time(self.input_gates, inputs).unbind(1):
            state = self._update(gates + self.hidden_gates(state.hidden), state.cell)
            states.append(state)
        return State(*(torch.stack(maps, 1) for maps in zip(*states, strict=True)))

    def _update(self, gates: Tensor, cell: Tensor) -> State:
        doors, new = gates.tensor_split([3 * cell.shape[1]], 1)
        enter, keep, leave = doors.sigmoid().chunk(3, 1)
        cell = self.cell_norm(keep * cell + enter * new.tanh())
        return State(leave * cell.tanh(), cell)


class ConvGRU(nn.Module):
    """A convolutional GRU (Ballas et al., ICLR 2016); the gates are reset, update and new.

    Args:
        inputs: Channels of an input.
        hidden: Channels of the state.
        kernel: Odd, of all convolutions.
        activation: Of the new state.
    """

    def __init__(self, inputs: int, hidden: int, kernel: int = 3, activation: nn.Module | None = None) -> None:
        super().__init__()
        self.hidden = hidden
        self.input_gates = Conv(inputs, 3 * hidden, kernel)
        self.hidden_gates = Conv(hidden, 2 * hidden, kernel, bias=False)
        self.reset_state = Conv(hidden, hidden, kernel, bias=False)
        self.activation = nn.Tanh() if activation is None else activation

    def rest(self, like: Tensor) -> Tensor:
        """The state before any frame of maps (batch, ..., height, width)."""
        return like.new_zeros(len(like), self.hidden, *like.shape[-2:])

    def forward(self, inputs: Tensor, state: Tensor) -> Tensor:
        """States (batch, time, hidden, height, width) after each of the inputs (batch, time, channel, ...)."""
        states = []
        for gates in over_time(self.input_gates, inputs).unbind(1):
            doors, new = gates.tensor_split([2 * self.hidden], 1)
            reset, update = (doors + self.hidden_gates(state)).sigmoid().chunk(2, 1)
            new = self.activation(new + self.reset_state(reset * state))
            state = torch.lerp(state, new, update)
            states.append(state)
        return torch.stack(states, 1)
