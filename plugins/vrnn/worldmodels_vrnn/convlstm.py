"""`ConvLSTM`: a recurrent layer over maps, and the network that makes its first state from the context."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from worldmodels_vrnn.convolution import Conv, conv_block, group_norm, over_time


class State(NamedTuple):
    """Hidden and cell maps, each (batch, channel, height, width), or with time after the batch."""

    hidden: Tensor
    cell: Tensor


class ConvLSTM(nn.Module):
    """A convolutional LSTM with 3x3 kernels; the gates are in, forget, out and new.

    With `norm`, the input's and the hidden map's part of the gates and the cell are normalised, each for itself.
    The input's part of the gates is computed for all times at once.
    """

    def __init__(self, inputs: int, hidden: int, resolution: int, norm: bool = True) -> None:
        super().__init__()
        self.input_gates = self._gates(inputs, hidden, resolution, norm, bias=True)
        self.hidden_gates = self._gates(hidden, hidden, resolution, norm, bias=norm)
        self.cell_norm = group_norm(hidden, 16, resolution) if norm else nn.Identity()

    def _gates(self, inputs: int, hidden: int, resolution: int, norm: bool, bias: bool) -> nn.Module:
        conv = Conv(inputs, 4 * hidden, 3, bias)
        return nn.Sequential(conv, group_norm(4 * hidden, 16, resolution)) if norm else conv

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


class InitialState(nn.Sequential):
    """A ConvLSTM's first state from the context's maps, which come one after the other in the channels."""

    def __init__(self, context: int, hidden: int, resolution: int, kernel: int = 1) -> None:
        groups = 1 if resolution == 1 else 16
        super().__init__(
            *conv_block(context, context, kernel, resolution),
            Conv(context, 2 * hidden, 1),
            group_norm(2 * hidden, groups, resolution),
        )

    def state(self, context: Tensor) -> State:
        """The state for maps (batch, frame, channel, height, width) of the context."""
        return State(*self(context.flatten(1, 2)).chunk(2, 1))
